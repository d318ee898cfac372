//! Progress of blocking work, told to a listener that lives on the async side.

use portolan_ports::objects::Progress;
use tokio::sync::watch;

type Step = (&'static str, u64, u64);

/// The blocking side.
#[derive(Debug)]
struct Relay(watch::Sender<Step>);

impl Progress for Relay {
    fn step(&self, stage: &'static str, done: u64, total: u64) {
        self.0.send_replace((stage, done, total));
    }

    /// Whoever listened is gone: the caller has dropped the call.
    fn stopped(&self) -> bool {
        self.0.is_closed()
    }
}

/// Runs `work` on a thread for blocking work, and tells `listener` its newest progress. Where the future is dropped, the work is told
/// to stop.
pub(crate) async fn relayed<T: Send + 'static>(
    listener: &dyn Progress,
    work: impl FnOnce(&dyn Progress) -> T + Send + 'static,
) -> Result<T, tokio::task::JoinError> {
    let (sender, mut steps) = watch::channel(("", 0, 0));
    let task = tokio::task::spawn_blocking(move || work(&Relay(sender)));
    // Ends when the work does, since the sender is dropped with it; the last step is seen before that.
    while steps.changed().await.is_ok() {
        let (stage, done, total) = *steps.borrow_and_update();
        listener.step(stage, done, total);
    }
    task.await
}

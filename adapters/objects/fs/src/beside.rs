//! Long work that nobody waits for: on a thread of its own, to which everything else is preferred.

use portolan_ports::{Error, Kind, Result};
use tokio::sync::oneshot;

use crate::error::ADAPTER;

/// What is added to the thread's nice value: where processors are short, it gets about a tenth of what another thread does (`sched(7)`).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Does `work` beside everything else. Dropping the future does not stop it.
pub(crate) async fn beside<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (answer, answered) = oneshot::channel();
    let work = move || {
        give_way();
        drop(answer.send(work()));
    };
    std::thread::Builder::new().name(operation.into()).spawn(work).map_err(|error| {
        Error::new(Kind::Unavailable, ADAPTER, operation, "the system gives no further thread").because(error)
    })?;
    let stopped = || Error::new(Kind::Internal, ADAPTER, operation, "the work was stopped by a defect");
    answered.await.unwrap_or_else(|_| Err(stopped()))
}

/// A thread that has given way cannot take it back, which is why this one is not used again.
fn give_way() {
    // On Linux alone the nice value is the thread's own. Where it cannot be set the work is done all the same.
    #[cfg(target_os = "linux")]
    let _set = rustix::process::nice(NICE);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_is_done_on_a_thread_that_gives_way_alone() {
        #[cfg(target_os = "linux")]
        {
            let nice = || rustix::process::nice(0).unwrap();
            let before = nice();
            assert_eq!(beside("test", move || Ok(nice())).await.unwrap(), (before + NICE).min(19));
            assert_eq!(nice(), before);
        }
        assert_eq!(
            beside("test", || Ok(std::thread::current().name().map(str::to_owned))).await.unwrap().unwrap(),
            "test"
        );
    }

    #[tokio::test]
    async fn a_defect_is_an_error() {
        let error = beside::<()>("test", || panic!("a defect")).await.unwrap_err();
        assert_eq!(error.kind, Kind::Internal);
    }
}

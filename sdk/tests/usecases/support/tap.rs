//! A tap on every port call: counts them, notes their order, and stops the process at one of them.

use std::future::Future;

use parking_lot::Mutex;
use portolan::ports::{Error, Kind};

tokio::task_local! {
    static ASIDE: ();
}

/// Does `work` without its port calls being counted or going wrong, until the process ends: how often somebody asks how
/// far something is depends on how long that takes.
pub(crate) async fn aside<T>(work: impl Future<Output = T>) -> T {
    ASIDE.scope((), work).await
}

/// How a port call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The process ends before the call is made.
    CrashBefore,
    /// The call is made, and the process ends before it sees the answer.
    CrashAfter,
    /// The call fails at once; the process lives on.
    Fails,
    /// Nothing was done, but the answer does not say so; the process lives on.
    Unknown,
    /// It was done, but the answer is lost; the process lives on.
    Lost,
}

impl Fault {
    pub(crate) const ALL: [Self; 5] =
        [Self::CrashBefore, Self::CrashAfter, Self::Fails, Self::Unknown, Self::Lost];

    pub(crate) fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<&'static str>,
    plan: Option<(usize, Fault)>,
    dead: bool,
}

/// A tap that may be shared by the layers over all ports of one process.
#[derive(Debug, Default)]
pub(crate) struct Tap(Mutex<State>);

impl Tap {
    /// Lets `fault` happen at call number `number`, counted from 1.
    pub(crate) fn fault_at(number: usize, fault: Fault) -> Self {
        Self(Mutex::new(State { plan: Some((number, fault)), ..State::default() }))
    }

    /// The calls so far, by name.
    pub(crate) fn calls(&self) -> Vec<&'static str> {
        self.0.lock().calls.clone()
    }

    /// From now on nothing new goes wrong. Answers whether something did.
    pub(crate) fn disarm(&self) -> bool {
        let mut state = self.0.lock();
        let plan = state.plan.take();
        plan.is_some_and(|(number, _)| state.calls.len() >= number)
    }

    /// Ends the process: no call is made any more.
    pub(crate) fn kill(&self) {
        self.0.lock().dead = true;
    }

    pub(crate) async fn call<T, E: From<Error>>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let fault = {
            let mut state = self.0.lock();
            if state.dead {
                return Err(error(Kind::Unavailable, name).into());
            }
            if ASIDE.try_with(|()| ()).is_ok() {
                None
            } else {
                state.calls.push(name);
                let number = state.calls.len();
                let fault = state.plan.filter(|(at, _)| *at == number).map(|(_, fault)| fault);
                state.dead = fault == Some(Fault::CrashBefore);
                fault
            }
        };
        match fault {
            None => return work.await,
            Some(Fault::CrashBefore | Fault::Fails) => return Err(error(Kind::Unavailable, name).into()),
            Some(Fault::Unknown) => {}
            Some(Fault::CrashAfter) => {
                drop(work.await);
                self.0.lock().dead = true;
            }
            Some(Fault::Lost) => drop(work.await),
        }
        Err(error(Kind::Ambiguous, name).into())
    }
}

fn error(kind: Kind, operation: &'static str) -> Error {
    Error::new(kind, "tap", operation, "the test stopped this call")
}

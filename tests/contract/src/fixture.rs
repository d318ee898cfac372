//! A port under test.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

/// An opened port, what it needs to live, and how to open it again.
pub struct Fixture<P: ?Sized> {
    // Dropped before its guard.
    port: Option<Arc<P>>,
    open: Box<dyn Fn() -> BoxFuture<'static, Arc<P>> + Send + Sync>,
    _guard: Box<dyn Any + Send + Sync>,
}

impl<P: ?Sized + Send + Sync + 'static> Fixture<P> {
    /// The port that `open` opens. `guard` lives as long as the fixture: a temporary folder, or `()`.
    ///
    /// Every call of `open` opens the same store, so that what one instance made durable is there in the next. A store
    /// in memory answers the same instance each time.
    pub async fn new<F, Opening>(guard: impl Any + Send + Sync, open: F) -> Self
    where
        F: Fn() -> Opening + Send + Sync + 'static,
        Opening: Future<Output = Arc<P>> + Send + 'static,
    {
        let port = open().await;
        Self { port: Some(port), open: Box::new(move || open().boxed()), _guard: Box::new(guard) }
    }

    /// The port, for a task of its own.
    pub fn share(&self) -> Arc<P> {
        Arc::clone(self.port.as_ref().expect("a fixture has a port but while it is reopened"))
    }

    /// Closes the port and opens it again. Nobody else may hold it.
    pub async fn reopen(&mut self) {
        self.port = None;
        self.port = Some((self.open)().await);
    }
}

impl<P: ?Sized + Send + Sync + 'static> Deref for Fixture<P> {
    type Target = P;

    fn deref(&self) -> &P {
        self.port.as_deref().expect("a fixture has a port but while it is reopened")
    }
}

impl<P: ?Sized + fmt::Debug> fmt::Debug for Fixture<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture").field("port", &self.port).finish_non_exhaustive()
    }
}

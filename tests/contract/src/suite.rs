//! How a list of cases becomes a macro that makes a test of each.

/// Runs one case on a runtime of its own with several threads, so that tasks really race.
pub fn run<T>(case: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(4).enable_all().build();
    runtime.expect("a runtime needs only a few threads").block_on(case)
}

/// Declares the suite of one port: the macro that adapters call, and where it finds the cases. `cases` take one opened
/// fixture; `models` take the way to open any number of them.
///
/// The cases themselves are private, so one that is left out of its list is reported as unused.
macro_rules! suite {
    (
        $d:tt $macro:ident in $suite:ident of $port:ty;
        cases { $($module:ident { $($case:ident),* $(,)? })* }
        models { $($models:ident::$model:ident),* $(,)? }
    ) => {
        /// The cases, for the macro of the suite alone.
        #[doc(hidden)]
        pub mod cases {
            $($(
                #[doc = concat!("Case `", stringify!($case), "`.")]
                pub async fn $case(fixture: $crate::Fixture<$port>) {
                    super::$module::$case(fixture).await;
                }
            )*)*
            $(
                #[doc = concat!("Cases `", stringify!($model), "`, made at random.")]
                pub fn $model(open: impl AsyncFn() -> $crate::Fixture<$port>) {
                    super::$models::$model(open);
                }
            )*
        }

        /// Makes a test of each case of the suite. The argument opens a fixture: an async function without arguments.
        #[macro_export]
        macro_rules! $macro {
            ($d open:expr) => {
                $($(
                    #[test]
                    fn $case() {
                        $d crate::run(async { $d crate::$suite::cases::$case($d open().await).await });
                    }
                )*)*
                $(
                    #[test]
                    fn $model() {
                        $d crate::$suite::cases::$model(async || $d open().await);
                    }
                )*
            };
        }
    };
}

pub(crate) use suite;

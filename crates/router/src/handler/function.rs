//! Calling a function with a tuple of arguments.

/// A function of up to 16 arguments, given as the tuple `A`. Implemented for all of them; never implemented by hand.
///
/// It says nothing about what the arguments are or what is returned, so that a fault in one of them is told as such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function that can be a handler",
    label = "not a function of up to 16 arguments, or not `Clone + Send + Sync + 'static`",
    note = "a handler is an async function or closure of at most 16 arguments that can be called many times (`Fn`)",
    note = "a closure must own what it captures (`move`), and what it captures must be `Clone + Send + Sync`",
    note = "a tower service goes into `get_service`, `any_service` or `Router::mount`"
)]
pub trait HandlerFn<A>: Clone + Send + Sync + 'static {
    /// What it returns.
    type Future;

    #[doc(hidden)]
    fn call(&self, arguments: A) -> Self::Future;
}

macro_rules! function {
    ($($argument:ident)*) => {
        #[allow(non_snake_case, reason = "each type names its value")]
        impl<H, R, $($argument,)*> HandlerFn<($($argument,)*)> for H
        where
            H: Fn($($argument,)*) -> R + Clone + Send + Sync + 'static,
        {
            type Future = R;

            fn call(&self, ($($argument,)*): ($($argument,)*)) -> R {
                self($($argument,)*)
            }
        }
    };
}

function!();
function!(T1);
function!(T1 T2);
function!(T1 T2 T3);
function!(T1 T2 T3 T4);
function!(T1 T2 T3 T4 T5);
function!(T1 T2 T3 T4 T5 T6);
function!(T1 T2 T3 T4 T5 T6 T7);
function!(T1 T2 T3 T4 T5 T6 T7 T8);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15);
function!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15 T16);

//! What a socket's handler may end with.

use std::fmt::Display;

/// The outcome of a socket's handler: nothing, or a `Result` whose error is logged.
#[diagnostic::on_unimplemented(
    message = "a WebSocket's handler cannot end with `{Self}`",
    note = "let it return nothing, or `Result<(), E>` with an `E` that can be displayed, such as `hyperserve_ws::Error`"
)]
pub trait Outcome: Send {
    #[doc(hidden)]
    fn is_failure(&self) -> bool;

    #[doc(hidden)]
    fn conclude(self);
}

impl Outcome for () {
    fn is_failure(&self) -> bool {
        false
    }

    fn conclude(self) {}
}

impl<E: Display + Send> Outcome for Result<(), E> {
    fn is_failure(&self) -> bool {
        self.is_err()
    }

    fn conclude(self) {
        if let Err(error) = self {
            tracing::debug!(%error, "a WebSocket's handler ended with an error");
        }
    }
}

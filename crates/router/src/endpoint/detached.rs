//! A handler that runs to its end although the client has left.

use std::panic::resume_unwind;

use http::StatusCode;
use hyperserve_core::{IntoResponse, Problem, Request, RequestContext, Response};
use tokio::task::JoinError;

use super::{Endpoint, EndpointFuture, Route};

struct Detached {
    inner: Route,
}

impl Endpoint for Detached {
    fn call(&self, request: Request) -> EndpointFuture {
        let hold = RequestContext::of(request.extensions()).map(|context| context.shutdown().hold());
        let answer = self.inner.answer(request);
        let task = tokio::spawn(async move {
            let _hold = hold;
            answer.await
        });
        EndpointFuture::boxed(async { task.await.unwrap_or_else(failed) })
    }
}

/// A panic goes on where the handler would have panicked; a task is cancelled only when its runtime ends.
fn failed(error: JoinError) -> Response {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(error) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error).into_response(),
    }
}

/// Runs what is inside as a task of its own.
pub(crate) fn detached(inner: Route) -> Route {
    Route::new(Detached { inner })
}

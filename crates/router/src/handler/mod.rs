//! [`Handler`]: async functions and closures that answer requests.

mod answering;
mod arguments;
mod function;
mod shared;

use std::marker::PhantomData;

use hyperserve_core::{IntoResponse, Request};

use self::answering::Answering;
use crate::endpoint::{Endpoint, EndpointFuture, Route};

pub use self::arguments::Arguments;
pub use self::function::HandlerFn;
pub(crate) use self::shared::Shared;

/// An async function, or a closure that returns a future, which answers requests.
///
/// It takes up to 16 arguments, each an extractor ([`FromRequestParts`](hyperserve_core::FromRequestParts)); the last one
/// may take the body ([`FromRequest`](hyperserve_core::FromRequest)). Arguments are taken from left to right, and the first
/// that cannot be taken answers. What the function returns is any [`IntoResponse`]: `Result` with both sides being one, too.
///
/// It is `Clone + Send + Sync + 'static`, as all functions are, and its future is `Send + 'static`. `S` is the state that the
/// arguments need; leave `M` to the compiler.
///
/// ```
/// use hyperserve_router::{Path, Router, get};
///
/// async fn greet(Path(name): Path<String>) -> String {
///     format!("Hello, {name}!")
/// }
///
/// let app = Router::new().route("/greet/{name}", get(greet)).route("/", get(|| async { "Welcome" })).build();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "not a handler",
    note = "a handler is an async function or closure of at most 16 extractors that returns something which implements `IntoResponse`",
    note = "a tower service goes into `get_service`, `any_service` or `Router::mount`"
)]
pub trait Handler<M, S>: Clone + Send + Sync + Sized + 'static {
    #[doc(hidden)]
    fn into_route(self, state: Shared<S>) -> Route;
}

impl<H, A, L, S> Handler<(A, L), S> for H
where
    H: HandlerFn<A>,
    H::Future: Future<Output: IntoResponse> + Send + 'static,
    A: Arguments<L, S> + 'static,
    L: 'static,
    S: Clone + Send + Sync + 'static,
{
    fn into_route(self, state: Shared<S>) -> Route {
        Route::new(HandlerEndpoint { handler: self, state, arguments: PhantomData })
    }
}

struct HandlerEndpoint<H, A, L, S> {
    handler: H,
    state: Shared<S>,
    arguments: PhantomData<fn() -> (A, L)>,
}

impl<H, A, L, S> Endpoint for HandlerEndpoint<H, A, L, S>
where
    H: HandlerFn<A>,
    H::Future: Future<Output: IntoResponse> + Send + 'static,
    A: Arguments<L, S> + 'static,
    L: 'static,
    S: Clone + Send + Sync + 'static,
{
    fn call(&self, request: Request) -> EndpointFuture {
        let taking = A::take(request, self.state.clone());
        EndpointFuture::boxed(Answering::Taking { taking, handler: self.handler.clone() })
    }
}

//! A bound on request bodies for a part of the routes.

use hyperserve_core::{Request, RequestContext};

use super::{Endpoint, EndpointFuture, Route};

struct Limited {
    inner: Route,
    bytes: usize,
}

impl Endpoint for Limited {
    fn call(&self, mut request: Request) -> EndpointFuture {
        RequestContext::of_mut(request.extensions_mut()).set_body_limit(self.bytes);
        self.inner.answer(request)
    }
}

/// Lets extractors inside read at most so many bytes.
pub(crate) fn limited(inner: Route, bytes: usize) -> Route {
    Route::new(Limited { inner, bytes })
}

//! [`Extension`]: values that layers leave in a request for handlers, and handlers in a response for layers.

use std::any::type_name;
use std::convert::Infallible;
use std::task::{Context, Poll};

use http::request::Parts;
use hyperserve_core::{
    FromRequestParts, IntoResponse, IntoResponseParts, OptionalFromRequestParts, Response, ResponseParts,
};
use tower_layer::Layer;
use tower_service::Service;

use super::Rejection;
use super::transparent::transparent;

/// A value in the extensions of a request or of a response, found by its type.
///
/// As an extractor it is a clone of the value, `None` for `Option<Extension<T>>` if there is none, and without the
/// option a 500 whose cause names the type in the log. As a layer it puts the value into every request; as a
/// response, or before the body in a tuple, it puts the value into the response's extensions.
///
/// What the whole application shares belongs into [`State`](crate::State), which the compiler checks.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use hyperserve_core::{FromRequestParts, IntoResponse};
/// use hyperserve_router::Extension;
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct User(&'static str);
///
/// let (mut parts, ()) = http::Request::new(()).into_parts();
/// parts.extensions.insert(User("ada"));
/// let Extension(user) = Extension::<User>::from_request_parts(&mut parts, &()).await.unwrap();
/// assert_eq!(user, User("ada"));
///
/// let response = (Extension(user), "hello").into_response();
/// assert_eq!(response.extensions().get(), Some(&User("ada")));
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extension<T>(pub T);

transparent!(Extension);

impl<S, T> FromRequestParts<S> for Extension<T>
where
    S: Sync,
    T: Clone + Send + Sync + 'static,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get().cloned().map(Self).ok_or_else(|| {
            let name = type_name::<T>();
            Rejection::misuse(format!(
                "no layer has put a `{name}` into the request's extensions: add `.layer(Extension(value))`"
            ))
        })
    }
}

impl<S, T> OptionalFromRequestParts<S> for Extension<T>
where
    S: Sync,
    T: Clone + Send + Sync + 'static,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get().cloned().map(Self))
    }
}

impl<T> IntoResponseParts for Extension<T>
where
    T: Clone + Send + Sync + 'static,
{
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.extensions_mut().insert(self.0);
        Ok(parts)
    }
}

impl<T> IntoResponse for Extension<T>
where
    T: Clone + Send + Sync + 'static,
{
    fn into_response(self) -> Response {
        (self, ()).into_response()
    }
}

impl<S, T: Clone> Layer<S> for Extension<T> {
    type Service = AddExtension<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        AddExtension { inner, value: self.0.clone() }
    }
}

/// The service of [`Extension`] as a layer: puts a clone of the value into each request.
#[derive(Clone, Copy, Debug)]
pub struct AddExtension<S, T> {
    inner: S,
    value: T,
}

impl<S, T, B> Service<http::Request<B>> for AddExtension<S, T>
where
    S: Service<http::Request<B>>,
    T: Clone + Send + Sync + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<B>) -> Self::Future {
        request.extensions_mut().insert(self.value.clone());
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyperserve_core::{Problem, Request, RequestExt};
    use tower::{ServiceExt, service_fn};

    #[derive(Clone, Debug, PartialEq)]
    struct Number(u8);

    #[tokio::test]
    async fn what_nobody_inserted_is_a_logged_500_or_none() {
        let rejection = Request::default().extract::<Extension<Number>, _>().await.unwrap_err();
        assert!(rejection.is_misuse());
        let problem = Problem::from(rejection);
        assert_eq!((problem.status().as_u16(), problem.detail()), (500, None));
        assert!(problem.cause().unwrap().to_string().contains("tests::Number`"));
        assert!(Request::default().extract::<Option<Extension<Number>>, _>().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn the_layer_inserts_it() {
        let inner =
            service_fn(|request: Request| async move { request.extract::<Extension<Number>, _>().await });
        let service = Extension(Number(7)).layer(inner);
        assert_eq!(service.oneshot(Request::default()).await.unwrap(), Extension(Number(7)));
    }

    #[test]
    fn a_response_carries_it() {
        let response = Extension(Number(7)).into_response();
        assert_eq!(response.extensions().get(), Some(&Number(7)));
    }
}

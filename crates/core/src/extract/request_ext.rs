//! [`RequestExt`] and [`RequestPartsExt`]: calling extractors by hand, in middleware and other extractors.

use std::future::Future;

use http::request::Parts;

use super::{FromRequest, FromRequestParts};
use crate::Request;

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::Request {}
    impl Sealed for http::request::Parts {}
}

/// Extractors as methods of a request.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use bytes::Bytes;
/// use hyperserve_core::{Body, Request, RequestExt};
///
/// let request = Request::new(Body::from("hello"));
/// assert_eq!(request.extract::<Bytes, _>().await.unwrap(), "hello");
/// # }
/// ```
pub trait RequestExt: sealed::Sealed {
    /// Takes a value that needs no state.
    fn extract<T, M>(self) -> impl Future<Output = Result<T, T::Rejection>> + Send
    where
        T: FromRequest<(), M>;

    /// Takes a value with the application's state.
    fn extract_with_state<T, S, M>(self, state: &S) -> impl Future<Output = Result<T, T::Rejection>> + Send
    where
        T: FromRequest<S, M>;
}

impl RequestExt for Request {
    fn extract<T, M>(self) -> impl Future<Output = Result<T, T::Rejection>> + Send
    where
        T: FromRequest<(), M>,
    {
        T::from_request(self, &())
    }

    fn extract_with_state<T, S, M>(self, state: &S) -> impl Future<Output = Result<T, T::Rejection>> + Send
    where
        T: FromRequest<S, M>,
    {
        T::from_request(self, state)
    }
}

/// Extractors as methods of a request's head.
pub trait RequestPartsExt: sealed::Sealed {
    /// Takes a value that needs no state.
    fn extract<T>(&mut self) -> impl Future<Output = Result<T, T::Rejection>> + Send
    where
        T: FromRequestParts<()>;

    /// Takes a value with the application's state.
    fn extract_with_state<T, S>(&mut self, state: &S) -> impl Future<Output = Result<T, T::Rejection>> + Send
    where
        T: FromRequestParts<S>;
}

impl RequestPartsExt for Parts {
    fn extract<T>(&mut self) -> impl Future<Output = Result<T, T::Rejection>> + Send
    where
        T: FromRequestParts<()>,
    {
        T::from_request_parts(self, &())
    }

    fn extract_with_state<T, S>(&mut self, state: &S) -> impl Future<Output = Result<T, T::Rejection>> + Send
    where
        T: FromRequestParts<S>,
    {
        T::from_request_parts(self, state)
    }
}

//! Tuples of extractors, taken from left to right; the first rejection answers.

use std::convert::Infallible;

use http::request::Parts;

use super::{FromRequest, FromRequestParts};
use crate::{IntoResponse, Request, Response};

impl<S: Sync> FromRequestParts<S> for () {
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(())
    }
}

macro_rules! tuple {
    ($($head:ident)* ; $last:ident) => {
        #[allow(non_snake_case, reason = "each type names its value")]
        impl<S, $($head,)* $last> FromRequestParts<S> for ($($head,)* $last,)
        where
            S: Sync,
            $($head: FromRequestParts<S> + Send,)*
            $last: FromRequestParts<S> + Send,
        {
            type Rejection = Response;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
                $(let $head =
                    $head::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;)*
                let $last = $last::from_request_parts(parts, state).await.map_err(IntoResponse::into_response)?;
                Ok(($($head,)* $last,))
            }
        }

        #[allow(non_snake_case, reason = "each type names its value")]
        impl<S, $($head,)* $last> FromRequest<S> for ($($head,)* $last,)
        where
            S: Sync,
            $($head: FromRequestParts<S> + Send,)*
            $last: FromRequest<S> + Send,
        {
            type Rejection = Response;

            #[allow(unused_mut, reason = "a tuple of one takes nothing from the head")]
            async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
                let (mut parts, body) = request.into_parts();
                $(let $head =
                    $head::from_request_parts(&mut parts, state).await.map_err(IntoResponse::into_response)?;)*
                let request = Request::from_parts(parts, body);
                let $last = $last::from_request(request, state).await.map_err(IntoResponse::into_response)?;
                Ok(($($head,)* $last,))
            }
        }
    };
}

tuple!(; T1);
tuple!(T1; T2);
tuple!(T1 T2; T3);
tuple!(T1 T2 T3; T4);
tuple!(T1 T2 T3 T4; T5);
tuple!(T1 T2 T3 T4 T5; T6);
tuple!(T1 T2 T3 T4 T5 T6; T7);
tuple!(T1 T2 T3 T4 T5 T6 T7; T8);

//! Tuples as responses and as parts of responses: `(StatusCode, parts…, body)`.

use http::StatusCode;

use super::{IntoResponse, IntoResponseParts, ResponseParts};
use crate::Response;

impl<R: IntoResponse> IntoResponse for (StatusCode, R) {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        *response.status_mut() = self.0;
        response
    }
}

impl<R: IntoResponse> IntoResponse for (R,) {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// Parts that fail answer in place of the whole tuple, with a status of their own.
macro_rules! tuple {
    ($($part:ident)+) => {
        #[allow(non_snake_case, reason = "each type names its value")]
        impl<$($part: IntoResponseParts,)+ R: IntoResponse> IntoResponse for ($($part,)+ R) {
            fn into_response(self) -> Response {
                let ($($part,)+ response) = self;
                let parts = ResponseParts::new(response.into_response());
                $(let parts = match $part.into_response_parts(parts) {
                    Ok(parts) => parts,
                    Err(error) => return error.into_response(),
                };)+
                parts.into_response()
            }
        }

        #[allow(non_snake_case, reason = "each type names its value")]
        impl<$($part: IntoResponseParts,)+ R: IntoResponse> IntoResponse for (StatusCode, $($part,)+ R) {
            fn into_response(self) -> Response {
                let (status, $($part,)+ response) = self;
                let parts = ResponseParts::new(response.into_response());
                $(let parts = match $part.into_response_parts(parts) {
                    Ok(parts) => parts,
                    Err(error) => return error.into_response(),
                };)+
                (status, parts.into_response()).into_response()
            }
        }

        #[allow(non_snake_case, reason = "each type names its value")]
        impl<$($part: IntoResponseParts,)+> IntoResponseParts for ($($part,)+) {
            type Error = Response;

            fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Response> {
                let ($($part,)+) = self;
                $(let parts = $part.into_response_parts(parts).map_err(IntoResponse::into_response)?;)+
                Ok(parts)
            }
        }
    };
}

tuple!(T1);
tuple!(T1 T2);
tuple!(T1 T2 T3);
tuple!(T1 T2 T3 T4);
tuple!(T1 T2 T3 T4 T5);
tuple!(T1 T2 T3 T4 T5 T6);
tuple!(T1 T2 T3 T4 T5 T6 T7);
tuple!(T1 T2 T3 T4 T5 T6 T7 T8);

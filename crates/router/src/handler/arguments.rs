//! Taking all arguments of a handler out of one request.

use std::future::ready;

use hyperserve_core::{FromRequest, FromRequestParts, IntoResponse, Request, Response, marker};

use super::Shared;

/// A tuple of extractors, the last of which may take the body. Implemented for tuples of up to 16; never implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a handler",
    label = "not all of these are extractors",
    note = "each argument is an extractor (`FromRequestParts<{S}>`), and the last one may take the body (`FromRequest<{S}>`)"
)]
pub trait Arguments<L, S>: Sized {
    #[doc(hidden)]
    fn take(
        request: Request,
        state: Shared<S>,
    ) -> impl Future<Output = Result<Self, Response>> + Send + 'static;
}

impl<S> Arguments<marker::ViaParts, S> for () {
    fn take(_: Request, _: Shared<S>) -> impl Future<Output = Result<Self, Response>> + Send + 'static {
        ready(Ok(()))
    }
}

impl<S, L, T> Arguments<L, S> for (T,)
where
    S: Send + Sync + 'static,
    L: 'static,
    T: FromRequest<S, L> + Send + 'static,
{
    async fn take(request: Request, state: Shared<S>) -> Result<Self, Response> {
        T::from_request(request, &state).await.map(|value| (value,)).map_err(IntoResponse::into_response)
    }
}

macro_rules! arguments {
    ($($head:ident)* ; $last:ident) => {
        #[allow(non_snake_case, reason = "each type names its value")]
        impl<S, L, $($head,)* $last> Arguments<L, S> for ($($head,)* $last,)
        where
            S: Send + Sync + 'static,
            L: 'static,
            $($head: FromRequestParts<S> + Send + 'static,)*
            $last: FromRequest<S, L> + Send + 'static,
        {
            async fn take(request: Request, state: Shared<S>) -> Result<Self, Response> {
                let state = &*state;
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

arguments!(T1; T2);
arguments!(T1 T2; T3);
arguments!(T1 T2 T3; T4);
arguments!(T1 T2 T3 T4; T5);
arguments!(T1 T2 T3 T4 T5; T6);
arguments!(T1 T2 T3 T4 T5 T6; T7);
arguments!(T1 T2 T3 T4 T5 T6 T7; T8);
arguments!(T1 T2 T3 T4 T5 T6 T7 T8; T9);
arguments!(T1 T2 T3 T4 T5 T6 T7 T8 T9; T10);
arguments!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10; T11);
arguments!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11; T12);
arguments!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12; T13);
arguments!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13; T14);
arguments!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14; T15);
arguments!(T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 T13 T14 T15; T16);

//! A streamed response body whose panic is reported, and is an error to whoever sends it.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyperserve_core::{Body, BodyError, FileStretch, Response, SendFile};

use super::hook;
use super::report::PanicStage;
use super::watch::Watch;

#[derive(Debug)]
pub(super) struct RecoveredBody {
    /// None once it has panicked.
    body: Option<Body>,
    watch: Watch,
}

impl RecoveredBody {
    /// A body that is whole has nothing left to panic.
    pub(super) fn watch(mut response: Response, watch: &mut Option<Watch>) -> Response {
        if response.body().as_bytes().is_none()
            && let Some(watch) = watch.take()
        {
            let body = Some(std::mem::take(response.body_mut()));
            *response.body_mut() = Body::of_file(Self { body, watch });
        }
        response
    }
}

impl HttpBody for RecoveredBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Self { body, watch } = &mut *self;
        let polled = match body {
            Some(body) => watch.over(|| Pin::new(body).poll_frame(cx)),
            None => return Poll::Ready(Some(Err(broken()))),
        };
        polled.unwrap_or_else(|panic| {
            watch.report(PanicStage::Body, &panic);
            hook::contain(|| *body = None);
            Poll::Ready(Some(Err(broken())))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_some_and(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}

impl SendFile for RecoveredBody {
    fn next_stretch(mut self: Pin<&mut Self>, most: u64) -> Option<FileStretch> {
        let Self { body, watch } = &mut *self;
        let panic = match watch.over(|| body.as_mut()?.next_stretch(most)) {
            Ok(stretch) => return stretch,
            Err(panic) => panic,
        };
        watch.report(PanicStage::Body, &panic);
        hook::contain(|| *body = None);
        None
    }
}

fn broken() -> BodyError {
    BodyError::new("the response body panicked")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use futures_core::Stream;
    use hyperserve_core::Request;

    use super::*;
    use crate::counted::Counted;
    use crate::recovery::watch::Shared;

    /// Gives one item, and panics when asked for another.
    struct Stumbling(bool);

    impl Stream for Stumbling {
        type Item = Result<&'static str, io::Error>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            assert!(!std::mem::replace(&mut self.0, true), "stumbled");
            Poll::Ready(Some(Ok("one")))
        }
    }

    #[test]
    fn a_body_that_panics_never_ends_well() {
        hook::install();
        let shared = Arc::new(Shared { backtraces: false, on_panic: None, panics: Arc::default() });
        let mut watch = Some(Watch::new(&Counted::new(Arc::clone(&shared)), &Request::new(())));
        let response = Response::new(Body::from_stream(Stumbling(false)));
        let mut body = RecoveredBody::watch(response, &mut watch).into_body();
        let mut poll = || {
            let mut cx = Context::from_waker(std::task::Waker::noop());
            let frame = Pin::new(&mut body).poll_frame(&mut cx);
            (frame.map(|frame| frame.unwrap().map(|frame| frame.into_data().unwrap())), body.is_end_stream())
        };
        assert!(matches!(poll(), (Poll::Ready(Ok(data)), false) if data == "one"));
        for _ in 0..2 {
            assert!(matches!(poll(), (Poll::Ready(Err(_)), false)));
        }
        assert_eq!(shared.panics.load(std::sync::atomic::Ordering::Relaxed), 1);
    }
}

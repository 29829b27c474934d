use super::*;

use std::collections::VecDeque;
use std::io;

/// A stream that is always ready.
struct Items<T>(VecDeque<T>);

fn items<T>(items: impl IntoIterator<Item = T>) -> Items<T> {
    Items(items.into_iter().collect())
}

impl<T: Unpin> Stream for Items<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready(self.0.pop_front())
    }
}

/// A foreign body of given frames, with a length it claims.
struct Foreign {
    frames: VecDeque<Frame<Bytes>>,
    claimed: u64,
}

impl HttpBody for Foreign {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(self.frames.pop_front().map(Ok))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.claimed)
    }
}

fn chunks(chunks: &[&'static str]) -> Body {
    Body::from_stream(items(chunks.iter().map(|chunk| Ok::<_, io::Error>(*chunk)).collect::<Vec<_>>()))
}

fn kind(body: &Body) -> String {
    format!("{body:?}")
}

#[test]
fn common_kinds_are_not_boxed() {
    assert_eq!(kind(&Body::new(Full::new(Bytes::from_static(b"abc")))), "Body(3 bytes)");
    assert_eq!(kind(&Body::new(Full::new(Bytes::new()))), "Body(empty)");
    assert_eq!(kind(&Body::new(Empty::<Bytes>::new())), "Body(empty)");
    assert_eq!(kind(&Body::new(Body::from("abc"))), "Body(3 bytes)");
    assert_eq!(kind(&Body::new(chunks(&["abc"]))), "Body(stream)");
    for empty in [Body::from(""), Body::from(String::new()), Body::from(()), Body::from(Vec::new())] {
        assert_eq!(kind(&empty), "Body(empty)");
    }
    assert!(size_of::<Body>() <= 64, "{} bytes", size_of::<Body>());
}

#[test]
fn lengths_are_exact_where_they_are_known() {
    assert_eq!(Body::empty().size_hint().exact(), Some(0));
    assert!(Body::empty().is_end_stream());
    assert_eq!(Body::from("abc").size_hint().exact(), Some(3));
    assert!(!Body::from("abc").is_end_stream());
    assert_eq!(chunks(&["abc"]).size_hint().exact(), None);
    let foreign = Foreign { frames: VecDeque::new(), claimed: 7 };
    assert_eq!(Body::new(foreign).size_hint().exact(), Some(7));
}

#[test]
fn bytes_in_memory_can_be_looked_at_and_taken() {
    let mut body = Body::from("abc");
    assert_eq!(body.as_bytes().unwrap(), "abc");
    assert_eq!(body.take_bytes().unwrap(), "abc");
    assert_eq!(body.take_bytes().unwrap(), "");
    assert_eq!(kind(&body), "Body(empty)");
    let mut stream = chunks(&["abc"]);
    assert!(stream.as_bytes().is_none() && stream.take_bytes().is_none());
}

#[tokio::test]
async fn a_single_block_is_handed_over_without_a_copy() {
    let block = Bytes::from(vec![7; 100]);
    let collected = Body::from(block.clone()).collect(100).await.unwrap();
    assert_eq!(collected.as_ptr(), block.as_ptr());
    let stream = Body::from_stream(items([Ok::<_, io::Error>(Bytes::new()), Ok(block.clone())]));
    assert_eq!(stream.collect(100).await.unwrap().as_ptr(), block.as_ptr());
}

#[tokio::test]
async fn blocks_are_joined_up_to_the_limit() {
    assert_eq!(Body::empty().collect(0).await.unwrap(), "");
    assert_eq!(chunks(&["ab", "", "c", "defg"]).collect(7).await.unwrap(), "abcdefg");
    for (body, limit) in [
        (chunks(&["ab", "c", "defg"]), 6),
        (chunks(&["abc", "d"]), 3),
        (chunks(&["abc"]), 2),
        (Body::from("a"), 0),
    ] {
        let error = body.collect(limit).await.unwrap_err();
        assert!(error.is_too_large() && !error.is_timed_out() && !error.is_disconnected());
        assert_eq!(error.to_string(), format!("body is longer than {limit} bytes"));
    }
}

#[tokio::test]
async fn a_declared_length_above_the_limit_is_refused_unread() {
    let frames = VecDeque::from([Frame::data(Bytes::from_static(b"abc"))]);
    let error = Body::new(Foreign { frames, claimed: 1 << 40 }).collect(1 << 20).await.unwrap_err();
    assert!(error.is_too_large());
}

#[tokio::test]
async fn trailers_are_dropped_when_collecting_and_streaming() {
    let foreign = || {
        let data = |text: &'static str| Frame::data(Bytes::from_static(text.as_bytes()));
        let frames = VecDeque::from([data("a"), Frame::trailers(http::HeaderMap::new()), data("b")]);
        Body::new(Foreign { frames, claimed: 2 })
    };
    assert_eq!(foreign().collect(2).await.unwrap(), "ab");
    let mut stream = foreign().into_data_stream();
    let mut read = Vec::new();
    while let Some(data) = std::future::poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
        read.push(data.unwrap());
    }
    assert_eq!(read, ["a", "b"]);
}

#[tokio::test]
async fn an_error_ends_a_stream() {
    let mut body = Body::from_stream(items([Ok("a"), Err(io::Error::other("no")), Ok("b")]));
    let mut cx = Context::from_waker(Waker::noop());
    let mut poll = || Pin::new(&mut body).poll_frame(&mut cx);
    assert!(matches!(poll(), Poll::Ready(Some(Ok(_)))));
    assert!(matches!(poll(), Poll::Ready(Some(Err(_)))));
    assert!(matches!(poll(), Poll::Ready(None)));
    assert!(matches!(poll(), Poll::Ready(None)));
    assert!(body.is_end_stream());
}

mod errors {
    use super::super::BodyError;
    use crate::{BoxError, IntoResponse};
    use std::fmt;
    use std::io::{self, ErrorKind};

    /// An error around another.
    #[derive(Debug)]
    struct Around(BoxError);

    impl fmt::Display for Around {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("around")
        }
    }

    impl std::error::Error for Around {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&*self.0)
        }
    }

    fn around(error: impl Into<BoxError>) -> Around {
        Around(error.into())
    }

    #[test]
    fn predicates_look_through_the_whole_chain() {
        let timeout = || io::Error::from(ErrorKind::TimedOut);
        for error in [
            BodyError::new(timeout()),
            BodyError::new(around(timeout())),
            // `io::Error::source` skips what it wraps.
            BodyError::new(io::Error::other(timeout())),
            BodyError::new(around(io::Error::other(around(timeout())))),
            BodyError::stream_cut(timeout()),
        ] {
            assert!(error.is_timed_out() && !error.is_disconnected() && !error.is_too_large(), "{error:?}");
            assert_eq!(error.into_response().status(), 408);
        }
        for kind in [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe] {
            let error = BodyError::new(around(io::Error::from(kind)));
            assert!(error.is_disconnected() && !error.is_timed_out(), "{error:?}");
            assert_eq!(error.into_response().status(), 400);
        }
        assert!(BodyError::stream_cut("reset").is_disconnected());
        let other = BodyError::new("other");
        assert!(
            !other.is_disconnected()
                && !other.is_timed_out()
                && !other.is_too_large()
                && !other.is_not_utf8()
        );
    }

    #[test]
    fn an_own_error_in_a_box_is_unwrapped() {
        let boxed: BoxError = Box::new(BodyError::too_large(9));
        let error = BodyError::new(boxed);
        assert!(error.is_too_large() && std::error::Error::source(&error).is_none());
    }

    #[tokio::test]
    async fn the_limit_of_http_body_util_is_known() {
        let limited = http_body_util::Limited::new(crate::Body::from("abc"), 2);
        let error = crate::Body::new(limited).collect(100).await.unwrap_err();
        assert!(error.is_too_large());
        assert_eq!(error.into_response().status(), 413);
    }

    #[test]
    fn a_413_says_the_limit() {
        let response = BodyError::too_large(2048).into_response();
        let json: serde_json::Value = serde_json::from_slice(response.body().as_bytes().unwrap()).unwrap();
        assert_eq!((&json["status"], &json["limit"]), (&413.into(), &2048.into()));
        assert_eq!(json["detail"], "The request body is longer than 2048 bytes.");
    }
}

//! What the test client does of its own: cookies, streams, an end, and sentences when something is wrong.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame};
use hyperserve::prelude::*;
use hyperserve::testing::TestClient;

fn counting() -> App {
    async fn visit(headers: HeaderMap) -> ([(HeaderName, String); 1], String) {
        let cookie = headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or("none").to_owned();
        let visits =
            cookie.strip_prefix("visits=").and_then(|count| count.parse::<u32>().ok()).unwrap_or(0) + 1;
        ([(header::SET_COOKIE, format!("visits={visits}; HttpOnly; Path=/"))], cookie)
    }
    async fn forget() -> [(HeaderName, &'static str); 1] {
        [(header::SET_COOKIE, "visits=; Max-Age=0")]
    }
    App::new().route("/", get(visit)).route("/forget", get(forget))
}

async fn visit(client: &TestClient) -> String {
    client.get("/").send().await.text().await
}

#[tokio::test]
async fn cookies_are_kept_when_asked_for() {
    let service = counting().into_service().unwrap();
    let forgetful = TestClient::new(service.clone());
    assert_eq!((visit(&forgetful).await.as_str(), visit(&forgetful).await.as_str()), ("none", "none"));
    let client = TestClient::new(service).with_cookies();
    assert_eq!((visit(&client).await.as_str(), visit(&client).await.as_str()), ("none", "visits=1"));
    assert_eq!(visit(&client.clone()).await, "visits=2");
    client.get("/forget").send().await;
    assert_eq!(visit(&client).await, "none");
}

/// Frames, one a poll, and no end.
struct Ticks(u32);

impl http_body::Body for Ticks {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0 += 1;
        if self.0 > 2 {
            return Poll::Pending;
        }
        cx.waker().wake_by_ref();
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(format!("tick {}\n", self.0))))))
    }
}

#[tokio::test]
async fn a_stream_without_end_is_read_as_it_comes() {
    let app = || App::new().route("/", get(async || Body::new(Ticks(0))));
    let service = TestClient::new(app().into_service().unwrap());
    let served = TestClient::serve(app()).await;
    for client in [service, served] {
        let mut body = client.get("/").send().await.into_body();
        let mut text = String::new();
        while text.len() < 14 {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await.unwrap().unwrap();
            text.push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
        assert_eq!(text, "tick 1\ntick 2\n");
    }
}

#[tokio::test]
async fn the_server_ends_with_its_client() {
    let client = TestClient::serve(counting()).await;
    let address = client.address().unwrap();
    let other = client.clone();
    drop(client);
    assert_eq!(visit(&other).await, "none");
    drop(other);
    for _ in 0..500 {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the server is still there");
}

fn message(action: impl FnOnce()) -> String {
    let panic = std::panic::catch_unwind(AssertUnwindSafe(action)).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

#[tokio::test]
async fn mistakes_are_sentences() {
    let client = TestClient::new(counting().into_service().unwrap());
    assert_eq!(
        message(|| drop(client.get("no slash"))),
        "\"no slash\" is no path: write `/path` or `/path?query`"
    );
    assert_eq!(message(|| drop(client.get("/").header("a b", "c"))), "\"a b\" is no header name");
    assert_eq!(message(|| drop(client.get("/").header("a", "b\n"))), "the value of \"a\" is no header value");
    assert!(message(|| drop(client.get("/").query(&7))).starts_with("no query: "));
}

#[tokio::test]
#[should_panic(expected = "the app does not start: there is no key `lisen`; did you mean `listen`?")]
async fn an_app_that_does_not_start_says_why() {
    let app = counting().with_config(Config::new().with("lisen", "x"));
    drop(TestClient::serve(app).await);
}

#[tokio::test]
#[should_panic(expected = "the answer to GET / (200 OK) is not of the wanted shape")]
async fn an_answer_of_another_shape_is_shown() {
    let client = TestClient::new(counting().into_service().unwrap());
    let _: u32 = client.get("/").send().await.json().await;
}

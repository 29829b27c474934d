//! What is wrong before the first byte is sent, and when there is nobody.

use hyperserve_ws::{Connect, ConnectError, connect};
use std::time::Duration;
use tokio::net::TcpListener;

async fn fault(connect: Connect) -> String {
    let error = connect.connect().await.unwrap_err();
    assert!(matches!(error, ConnectError::Request(_)), "{error:?}");
    error.to_string()
}

#[tokio::test]
async fn bad_requests_are_not_sent() {
    let connect = || Connect::new("ws://127.0.0.1:1/");
    for (connect, what) in [
        (connect().with_header("x y", "z"), "a header whose name is malformed"),
        (connect().with_header("x", "a\r\nb: c"), "the value of the header `x` is malformed"),
        (connect().with_header("Upgrade", "h2c"), "the header `upgrade` belongs to the handshake"),
        (
            connect().with_header("sec-websocket-key", "a"),
            "the header `sec-websocket-key` belongs to the handshake",
        ),
        (connect().with_origin("a\nb"), "the value of the header `origin` is malformed"),
        (connect().with_protocols(["a", "b c"]), "the subprotocol `b c` is no token, or is there twice"),
        (connect().with_protocols(["a", ""]), "the subprotocol `` is no token, or is there twice"),
        (connect().with_protocols(["a", "a"]), "the subprotocol `a` is no token, or is there twice"),
        // The first fault is the one that is told.
        (
            connect().with_header("host", "x").with_header("te", "x"),
            "the header `host` belongs to the handshake",
        ),
    ] {
        assert_eq!(fault(connect).await, format!("the request cannot be made: {what}"));
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_told() {
    for url in ["chat.example", "ftp://a.example/", "ws://a.example/#x", "ws://ada@a.example/"] {
        let error = connect(url).await.unwrap_err();
        assert!(matches!(error, ConnectError::Url(_)), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = connect(url).await.unwrap_err();
    assert!(
        matches!(&error, ConnectError::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused),
        "{error}"
    );
    assert!(error.is_transient());
    // RFC 6761 §6.4: never a name that resolves.
    let error = connect("ws://nowhere.invalid/").await.unwrap_err();
    assert!(matches!(error, ConnectError::Resolve(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_does_not_accept_is_given_up() {
    // It listens, and never says a word.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    for connect in [Connect::new(&url), Connect::new(&url).with_http2()] {
        let error = connect.with_timeout(Duration::from_millis(200)).connect().await.unwrap_err();
        assert!(matches!(error, ConnectError::Timeout), "{error:?}");
    }
}

#[tokio::test]
async fn secrets_are_not_shown() {
    let connect = Connect::new("ws://a.example/chat?token=hush")
        .with_header("authorization", "Bearer hush")
        .with_header("cookie", "id=hush");
    let shown = format!("{connect:?}");
    assert!(shown.contains("ws://a.example/chat") && !shown.contains("hush"), "{shown}");
}

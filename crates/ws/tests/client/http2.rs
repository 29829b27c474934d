//! Over HTTP/2, by extended CONNECT (RFC 8441).

use crate::ours::{echoes, says_goodbye};
use crate::served::{in_memory, served};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyperserve_ws::{CloseCode, Connect, ConnectError, Message};
use std::convert::Infallible;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::runtime::Handle;

#[tokio::test]
async fn messages_go_there_and_back_in_clear_text() {
    let server = served();
    let connect = Connect::new(server.url("/echo")).with_http2();
    let (mut socket, answer) = connect.connect().await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, http::Version::HTTP_2));
    assert!(socket.is_compressed());
    echoes(&mut socket).await;
    says_goodbye(socket).await;
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn headers_arrive() {
    let connect = Connect::new("ws://chat.example:81/about")
        .with_http2()
        .with_header("x-tag", "one")
        .with_origin("null");
    let (mut socket, _) = connect.over(in_memory()).await.unwrap();
    let told = socket.recv().await.unwrap().unwrap();
    assert!(told.as_str().unwrap().ends_with("origin=null authorization= x-tag=one"), "{told:?}");
}

#[tokio::test]
async fn refusals_tell_the_answer() {
    for (path, status) in [("/door", 401), ("/missing", 404)] {
        let connect = Connect::new(format!("ws://a.example{path}")).with_http2();
        match connect.over(in_memory()).await {
            Err(ConnectError::Refused(response)) => {
                assert_eq!(response.status().as_u16(), status);
                assert!(!response.body().is_empty());
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let server = served();
    let (mut socket, _) = Connect::new(server.url("/echo")).with_http2().connect().await.unwrap();
    socket.send("still here").await.unwrap();
    socket.recv().await.unwrap().unwrap();
    server.stop();
    assert!(socket.recv().await.is_none());
    assert_eq!(socket.close_frame().unwrap().code, CloseCode::GOING_AWAY);
    drop(socket);
    assert_eq!(server.ended().await.cut, 0);
}

/// Tasks of the client's connection end with its socket, however that ends.
#[tokio::test]
async fn nothing_is_left_when_the_socket_is_gone() {
    let server = served();
    let connect = Connect::new(server.url("/echo")).with_http2();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let (socket, _) = connect.connect().await.unwrap();
    assert!(tasks() > before);
    says_goodbye(socket).await;
    let (mut dropped, _) = connect.connect().await.unwrap();
    dropped.send(Message::from("unread")).await.unwrap();
    drop(dropped);
    drop(Connect::new(server.url("/missing")).with_http2().connect().await.unwrap_err());
    for _ in 0..500 {
        if tasks() == before {
            return assert_eq!(server.ended().await.cut, 0);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} tasks are left", tasks() - before);
}

/// HTTP/2 by hyper alone, which answers every request with `status`.
fn foreign(far: DuplexStream, has_connect: bool, status: StatusCode) {
    let service = service_fn(move |_: Request<Incoming>| async move {
        let mut answer = Response::new(Full::new(Bytes::from_static(b"said hyper")));
        *answer.status_mut() = status;
        Ok::<_, Infallible>(answer)
    });
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    if has_connect {
        builder.enable_connect_protocol();
    }
    drop(tokio::spawn(builder.serve_connection(TokioIo::new(far), service)));
}

#[tokio::test]
async fn a_server_that_cannot_do_it_is_told_from_one_that_will_not() {
    let connect = Connect::new("ws://a.example/").with_http2();
    let (near, far) = tokio::io::duplex(64 * 1024);
    foreign(far, false, StatusCode::OK);
    let error = connect.over(near).await.unwrap_err();
    assert!(
        matches!(error, ConnectError::Handshake("the server does not take WebSockets over HTTP/2")),
        "{error:?}"
    );
    let (near, far) = tokio::io::duplex(64 * 1024);
    foreign(far, true, StatusCode::NO_CONTENT);
    let error = connect.over(near).await.unwrap_err();
    assert_eq!(error.status(), Some(StatusCode::NO_CONTENT), "{error:?}");
}

#[tokio::test]
async fn a_server_of_http_1_is_told() {
    use tokio::io::AsyncWriteExt as _;
    let connect = Connect::new("ws://a.example/").with_http2();
    let (near, mut far) = tokio::io::duplex(64 * 1024);
    far.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    let error = connect.over(near).await.unwrap_err();
    assert!(matches!(error, ConnectError::Io(_) | ConnectError::Http(_)), "{error:?}");
    let (near, far) = tokio::io::duplex(64 * 1024);
    drop(far);
    let error = connect.over(near).await.unwrap_err();
    assert!(matches!(error, ConnectError::Io(_)), "{error:?}");
}

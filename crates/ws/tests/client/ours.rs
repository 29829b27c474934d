//! Against our server, over HTTP/1.1.

use crate::served::{Served, in_memory, numbers, served};
use http::StatusCode;
use hyperserve_server::Listener;
use hyperserve_ws::{CloseCode, Connect, ConnectError, Error, Message, WebSocket, WebSocketConfig, connect};
use std::time::Duration;

/// Sends messages of all sizes, and takes them back.
pub(crate) async fn echoes(socket: &mut WebSocket) {
    let long = numbers();
    for text in ["", "a", "κόσμε 😀", &"x".repeat(125), &"y".repeat(126), &long, &"z".repeat(70_000)] {
        socket.send(text).await.unwrap();
        assert_eq!(socket.recv().await.unwrap().unwrap(), Message::from(text));
        let bytes = text.as_bytes().to_vec();
        socket.send(bytes.clone()).await.unwrap();
        assert_eq!(socket.recv().await.unwrap().unwrap(), Message::from(bytes));
    }
}

pub(crate) async fn says_goodbye(mut socket: WebSocket) {
    socket.close(CloseCode(4001), "that is all").await;
    assert_eq!(socket.close_frame().unwrap().code, CloseCode(4001));
    assert!(socket.recv().await.is_none());
}

#[tokio::test]
async fn messages_go_there_and_back() {
    let server = served();
    let mut socket = connect(server.url("/echo")).await.unwrap();
    assert!(socket.is_compressed());
    echoes(&mut socket).await;
    says_goodbye(socket).await;
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn names_lead_to_addresses() {
    let server = served();
    let port = server.address.unwrap().port();
    // `localhost` may be ::1 first, where nobody listens.
    let mut socket = connect(format!("ws://localhost:{port}/about")).await.unwrap();
    let told = socket.recv().await.unwrap().unwrap();
    assert_eq!(told.as_str().unwrap(), format!("host=localhost:{port} origin= authorization= x-tag="));
}

#[tokio::test]
async fn headers_arrive_and_come_back() {
    let connect = Connect::new("ws://chat.example/about")
        .with_header("Authorization", "Bearer 5f2c")
        .with_header("x-tag", "one")
        .with_header("x-tag", "two")
        .with_origin("https://a.example")
        .with_origin("https://b.example");
    let (mut socket, _) = connect.over(in_memory()).await.unwrap();
    let told = socket.recv().await.unwrap().unwrap();
    let expected = "host=chat.example origin=https://b.example authorization=Bearer 5f2c x-tag=one+two";
    assert_eq!(told.as_str(), Some(expected));
    let (_, answer) = Connect::new("ws://chat.example/cookie").over(in_memory()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(answer.headers()["set-cookie"], "seat=7");
}

#[tokio::test]
async fn refusals_tell_the_answer() {
    let refused = async |connect: Connect| match connect.over(in_memory()).await {
        Err(ConnectError::Refused(response)) => response,
        other => panic!("{other:?}"),
    };
    let door = refused(Connect::new("ws://a.example/door")).await;
    assert_eq!((door.status(), &door.body()[..]), (StatusCode::UNAUTHORIZED, &b"who are you?"[..]));
    assert_eq!(door.headers()["www-authenticate"], "Bearer");
    assert_eq!(refused(Connect::new("ws://a.example/missing")).await.status(), StatusCode::NOT_FOUND);
    let foreign = Connect::new("ws://a.example/echo").with_origin("https://evil.example");
    assert_eq!(refused(foreign).await.status(), StatusCode::FORBIDDEN);
    let own = Connect::new("ws://a.example/echo").with_origin("http://a.example");
    says_goodbye(own.over(in_memory()).await.unwrap().0).await;
}

#[tokio::test]
async fn one_connect_opens_many_sockets() {
    let server = served();
    let connect = Connect::new(server.url("/echo"));
    let mut sockets = Vec::new();
    for _ in 0..50 {
        sockets.push(connect.connect().await.unwrap().0);
    }
    for (index, socket) in sockets.iter_mut().enumerate() {
        socket.send(index.to_string()).await.unwrap();
    }
    for (index, socket) in sockets.iter_mut().enumerate() {
        assert_eq!(socket.recv().await.unwrap().unwrap(), Message::from(index.to_string()));
    }
    drop(sockets);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let server = served();
    let mut socket = connect(server.url("/echo")).await.unwrap();
    socket.send("still here").await.unwrap();
    socket.recv().await.unwrap().unwrap();
    server.stop();
    assert!(socket.recv().await.is_none());
    assert_eq!(socket.close_frame().unwrap().code, CloseCode::GOING_AWAY);
    drop(socket);
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn a_server_that_does_not_read_is_given_up() {
    let config =
        WebSocketConfig::default().with_write_timeout(Duration::from_millis(200)).with_compression(None);
    let connect = Connect::new("ws://a.example/deaf").with_config(config);
    for connect in [connect.clone(), connect.with_http2()] {
        let (mut socket, _) = connect.over(in_memory()).await.unwrap();
        // Over HTTP/2 hyper takes some messages of any size before it lets the socket wait.
        let mut sent = 0;
        let error = loop {
            match tokio::time::timeout(Duration::from_secs(10), socket.send(vec![0; 1_000_000]))
                .await
                .unwrap()
            {
                Ok(()) => sent += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::WriteTimeout), "{error:?}");
        assert!(sent < 8, "{sent} MB wait");
        assert!(socket.recv().await.is_none());
    }
}

#[tokio::test]
async fn a_server_that_is_gone_is_noticed() {
    for with_http2 in [false, true] {
        let server = served();
        let connect = Connect::new(server.url("/deaf"));
        let connect = if with_http2 { connect.with_http2() } else { connect };
        let (mut socket, _) = connect.connect().await.unwrap();
        drop(tokio::task::spawn_blocking(|| drop(server)));
        let last = tokio::time::timeout(Duration::from_secs(10), socket.recv()).await.unwrap();
        let told = socket.close_frame().map(|frame| frame.code);
        assert!(
            matches!(last, Some(Err(Error::Lost | Error::Io(_)))) || told == Some(CloseCode::NORMAL),
            "{last:?}"
        );
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_leads_there_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ws.sock");
    let server = Served::new(Listener::new(&format!("unix:{}", path.display())));
    let stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    let (mut socket, _) = Connect::new("ws://localhost/echo").over(stream).await.unwrap();
    echoes(&mut socket).await;
    says_goodbye(socket).await;
    assert_eq!(server.ended().await.cut, 0);
}

#[tokio::test]
async fn a_dropped_attempt_closes_the_connection() {
    use tokio::io::AsyncReadExt as _;
    for connect in [Connect::new("ws://a.example/"), Connect::new("ws://a.example/").with_http2()] {
        let (near, mut far) = tokio::io::duplex(4096);
        let attempt = tokio::time::timeout(Duration::from_millis(50), connect.over(near)).await;
        assert!(attempt.is_err());
        let mut seen = Vec::new();
        let ended = tokio::time::timeout(Duration::from_secs(5), far.read_to_end(&mut seen)).await;
        ended.expect("the connection is left open").unwrap();
        assert!(!seen.is_empty());
    }
}

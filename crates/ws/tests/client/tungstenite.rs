//! Against tungstenite's server.

use crate::peer::{Peer, anywhere};
use futures_util::{SinkExt as _, StreamExt as _};
use hyperserve_ws::{CloseCode, Connect, Message, WebSocket, WebSocketConfig};
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, protocol};

/// Our client's end, and tungstenite's.
async fn pair(connect: Connect, fields: &'static str) -> (WebSocket, WebSocketStream<DuplexStream>) {
    let (near, far) = tokio::io::duplex(1024 * 1024);
    let serving = async {
        let mut peer = Peer::read(far).await;
        assert!(peer.head.starts_with("GET /chat?room=7 HTTP/1.1\r\n"), "{}", peer.head);
        assert_eq!(peer.field("host"), Some("a.example"));
        assert_eq!(peer.field("sec-websocket-version"), Some("13"));
        assert_eq!(peer.field("sec-websocket-key").unwrap().len(), 24);
        peer.agree(fields).await;
        WebSocketStream::from_raw_socket(peer.stream, protocol::Role::Server, None).await
    };
    let (opened, server) = tokio::join!(connect.over(near), serving);
    (opened.unwrap().0, server)
}

#[tokio::test]
async fn messages_go_there_and_back() {
    let plain = anywhere().with_config(WebSocketConfig::default().with_compression(None));
    let named = anywhere().with_protocols(["a", "b"]);
    for (connect, fields) in [(plain, ""), (named, "sec-websocket-protocol: b\r\n"), (anywhere(), "")] {
        let (mut socket, mut server) = pair(connect, fields).await;
        assert!(!socket.is_compressed());
        assert_eq!(socket.protocol(), (!fields.is_empty()).then_some("b"));
        let echo = tokio::spawn(async move {
            while let Some(Ok(message)) = server.next().await {
                if message.is_close() {
                    continue;
                }
                server.send(message).await.unwrap();
            }
        });
        crate::ours::echoes(&mut socket).await;
        crate::ours::says_goodbye(socket).await;
        echo.await.unwrap();
    }
}

#[tokio::test]
async fn fragments_and_pings_in_between_are_a_message() {
    use tungstenite::protocol::frame::Frame;
    use tungstenite::protocol::frame::coding::{Data, OpCode};
    let (mut socket, mut server) = pair(anywhere(), "").await;
    let part = |text: &'static [u8], opcode, last| {
        tungstenite::Message::Frame(Frame::message(text, OpCode::Data(opcode), last))
    };
    server.send(part(b"one ", Data::Text, false)).await.unwrap();
    server.send(tungstenite::Message::Ping("are you there?".into())).await.unwrap();
    server.send(part(b"and two", Data::Continue, true)).await.unwrap();
    assert_eq!(socket.recv().await.unwrap().unwrap(), Message::from("one and two"));
    socket.send("done").await.unwrap();
    assert_eq!(server.next().await.unwrap().unwrap(), tungstenite::Message::Pong("are you there?".into()));
    assert_eq!(server.next().await.unwrap().unwrap(), tungstenite::Message::text("done"));
}

#[tokio::test]
async fn the_server_says_goodbye() {
    let (mut socket, mut server) = pair(anywhere(), "").await;
    let frame = protocol::CloseFrame { code: 4002.into(), reason: "enough".into() };
    let (received, ()) = tokio::join!(socket.recv(), async {
        server.close(Some(frame)).await.unwrap();
        while let Some(Ok(_)) = server.next().await {}
        drop(server);
    });
    assert!(received.is_none());
    let frame = socket.close_frame().unwrap();
    assert_eq!((frame.code, &frame.reason[..]), (CloseCode(4002), "enough"));
}

#[tokio::test]
async fn a_dropped_socket_says_goodbye() {
    let (socket, mut server) = pair(anywhere(), "").await;
    drop(socket);
    let last = tokio::time::timeout(Duration::from_secs(5), server.next()).await.unwrap().unwrap().unwrap();
    match last {
        tungstenite::Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1000),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn masks_are_never_the_same() {
    use tokio::io::AsyncReadExt as _;
    let (near, far) = tokio::io::duplex(1024 * 1024);
    let serving = async {
        let mut peer = Peer::read(far).await;
        peer.agree("").await;
        peer.stream
    };
    let connect = anywhere();
    let (opened, mut stream) = tokio::join!(connect.over(near), serving);
    let (mut socket, _) = opened.unwrap();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..200 {
        socket.send("0123").await.unwrap();
        let mut frame = [0; 10];
        stream.read_exact(&mut frame).await.unwrap();
        assert_eq!(frame[..2], [0x81, 0x84]);
        let mask: [u8; 4] = frame[2..6].try_into().unwrap();
        assert!(frame[6..].iter().zip(mask).map(|(byte, key)| byte ^ key).eq(*b"0123"));
        seen.insert(mask);
    }
    assert!(seen.len() > 195, "{} different masks", seen.len());
}

//! Servers that are broken, or mean harm: nothing they say is taken for a WebSocket, and none of them holds a client up.

use crate::peer::{Peer, against, anywhere};
use http::StatusCode;
use hyperserve_ws::{Connect, ConnectError, WebSocketConfig};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;

async fn refused_for(connect: Connect, fields: &str) -> &'static str {
    match against(connect, async |peer: &mut Peer| peer.agree(fields).await).await {
        Err(ConnectError::Handshake(what)) => what,
        other => panic!("{fields}: {other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_agrees_to_what_was_not_offered_is_left() {
    let protocols = || anywhere().with_protocols(["chat"]);
    let uncompressed = || anywhere().with_config(WebSocketConfig::default().with_compression(None));
    let what = "a subprotocol that was not offered";
    assert_eq!(refused_for(anywhere(), "sec-websocket-protocol: chat\r\n").await, what);
    assert_eq!(refused_for(protocols(), "sec-websocket-protocol: soap\r\n").await, what);
    assert_eq!(refused_for(protocols(), "sec-websocket-protocol: Chat\r\n").await, what);
    assert_eq!(refused_for(protocols(), "sec-websocket-protocol:\r\n").await, what);
    let twice = "sec-websocket-protocol: chat\r\nsec-websocket-protocol: chat\r\n";
    assert_eq!(refused_for(protocols(), twice).await, what);
    for extension in ["permessage-deflate", "x-webkit-deflate-frame", ""] {
        let field = format!("sec-websocket-extensions: {extension}\r\n");
        assert_eq!(refused_for(uncompressed(), &field).await, "an extension that was not offered");
    }
}

#[tokio::test]
async fn extensions_are_confirmed_to_the_letter() {
    for bad in [
        "x-webkit-deflate-frame",
        "permessage-deflate, permessage-deflate",
        "permessage-deflate; server_no_context_takeover; magic",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; client_max_window_bits=16",
        "permessage-deflate; server_no_context_takeover=1",
        // It was asked for, and is not granted.
        "permessage-deflate",
    ] {
        refused_for(anywhere(), &format!("sec-websocket-extensions: {bad}\r\n")).await;
    }
    for good in [
        "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits=10; server_no_context_takeover; client_no_context_takeover",
    ] {
        let fields = format!("sec-websocket-extensions: {good}\r\n");
        let socket = against(anywhere(), async |peer: &mut Peer| peer.agree(&fields).await).await.unwrap();
        assert!(socket.is_compressed(), "{good}");
    }
}

#[tokio::test]
async fn a_switch_that_does_not_fit_the_request_is_none() {
    async fn answered(text: impl Fn(&Peer) -> String) -> ConnectError {
        let script = async |peer: &mut Peer| peer.say(text(peer).as_bytes()).await;
        against(anywhere(), script).await.unwrap_err()
    }
    let with = |lines: &'static str| {
        move |peer: &Peer| {
            let accept = peer.accept();
            format!("HTTP/1.1 101 X\r\n{}\r\n\r\n", lines.replace("ACCEPT", &accept))
        }
    };
    for (lines, what) in [
        ("connection: upgrade\r\nsec-websocket-accept: ACCEPT", "`Upgrade: websocket`"),
        ("upgrade: h2c\r\nconnection: upgrade\r\nsec-websocket-accept: ACCEPT", "`Upgrade: websocket`"),
        ("upgrade: websocket\r\nsec-websocket-accept: ACCEPT", "`Connection: Upgrade`"),
        ("upgrade: websocket\r\nconnection: close\r\nsec-websocket-accept: ACCEPT", "`Connection: Upgrade`"),
        ("upgrade: websocket\r\nconnection: upgrade", "`Sec-WebSocket-Accept`"),
        (
            "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: xACCEPT",
            "`Sec-WebSocket-Accept`",
        ),
        (
            "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ACCEPT\r\nsec-websocket-accept: ACCEPT",
            "`Sec-WebSocket-Accept`",
        ),
    ] {
        match answered(with(lines)).await {
            ConnectError::Handshake(said) => assert!(said.contains(what), "{lines}: {said}"),
            other => panic!("{lines}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn fields_are_read_as_rfc_6455_wants_them() {
    let script = async |peer: &mut Peer| {
        let answer = format!(
            "HTTP/1.1 101 Yes\r\nUPGRADE: WebSocket\r\nConnection: keep-alive, UPGRADE\r\nSec-WebSocket-Accept:   {}  \r\n\r\n",
            peer.accept()
        );
        peer.say(answer.as_bytes()).await;
    };
    let socket = against(anywhere(), script).await.unwrap();
    assert!(!socket.is_compressed());
    assert_eq!(socket.protocol(), None);
}

#[tokio::test]
async fn frames_that_come_with_the_answer_are_not_lost() {
    let script = async |peer: &mut Peer| {
        let answer = format!(
            "HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {}\r\n\r\n\u{1}\u{3}one",
            peer.accept()
        );
        // A frame's head is not UTF-8: the text's fin bit is set here.
        let mut bytes = answer.into_bytes();
        let at = bytes.len() - 5;
        bytes[at] = 0x81;
        bytes.extend_from_slice(b"\x82\x03two");
        peer.say(&bytes).await;
    };
    let mut socket = against(anywhere(), script).await.unwrap();
    assert_eq!(socket.recv().await.unwrap().unwrap().as_str(), Some("one"));
    assert_eq!(socket.recv().await.unwrap().unwrap().as_bytes(), b"two");
}

#[tokio::test]
async fn a_head_without_end_is_cut_short() {
    for filler in
        [format!("x-{}: y\r\n", "a".repeat(80)), format!("a: {}", "b".repeat(1000)), "x: y\r\n".to_owned()]
    {
        let script = async |peer: &mut Peer| {
            peer.say(b"HTTP/1.1 101 X\r\n").await;
            for _ in 0..20_000 {
                if peer.stream.write(filler.as_bytes()).await.is_err() {
                    return;
                }
            }
            panic!("the client reads for ever");
        };
        let error = against(anywhere(), script).await.unwrap_err();
        assert!(matches!(error, ConnectError::Http(_)), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_is_not_waited_for() {
    let began = Instant::now();
    let silent = async |peer: &mut Peer| {
        // Until the client hangs up.
        assert_eq!(peer.stream.read(&mut [0; 8]).await.unwrap(), 0);
    };
    let error = against(anywhere(), silent).await.unwrap_err();
    assert!(matches!(error, ConnectError::Timeout), "{error:?}");
    assert_eq!(began.elapsed().as_secs(), 10);
    let quick = anywhere().with_timeout(Duration::from_millis(300));
    against(quick, silent).await.unwrap_err();
    assert_eq!(began.elapsed().as_millis(), 10_300);
}

#[tokio::test(start_paused = true)]
async fn interim_answers_do_not_stop_the_clock() {
    let chatty = async |peer: &mut Peer| {
        while peer.stream.write_all(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    let error = against(anywhere(), chatty).await.unwrap_err();
    assert!(matches!(error, ConnectError::Timeout), "{error:?}");
}

#[tokio::test]
async fn what_is_no_http_is_told_so() {
    for (said, is_io) in [
        (&b"220 mail.example ESMTP\r\n\r\n"[..], false),
        (b"\x00\x01\x02\x03\r\n\r\n", false),
        (b"HTTP/1.1 abc\r\n\r\n", false),
        (b"HTTP/1.1 101 X\r\nno colon\r\n\r\n", false),
        (b"", true),
        (b"HTTP/1.1 101 Swi", true),
    ] {
        let (near, far) = tokio::io::duplex(4096);
        let serving = async {
            let mut peer = Peer::read(far).await;
            peer.say(said).await;
        };
        let connect = anywhere();
        let (opened, ()) = tokio::join!(connect.over(near), serving);
        match opened.unwrap_err() {
            ConnectError::Io(_) if is_io => {}
            ConnectError::Http(_) if !is_io => {}
            other => panic!("{:?}: {other:?}", String::from_utf8_lossy(said)),
        }
    }
}

async fn refused_with(answer: &[u8]) -> http::Response<bytes::Bytes> {
    let script = async |peer: &mut Peer| peer.say(answer).await;
    match against(anywhere(), script).await {
        Err(ConnectError::Refused(response)) => *response,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refusal_is_told_with_its_body() {
    for (status, fields) in [(200, "x: y"), (302, "location: /login"), (401, "www-authenticate: Bearer")] {
        let answer = format!("HTTP/1.1 {status} X\r\n{fields}\r\ncontent-length: 3\r\n\r\nwhy");
        let response = refused_with(answer.as_bytes()).await;
        assert_eq!((response.status().as_u16(), &response.body()[..]), (status, &b"why"[..]));
        let (name, value) = fields.split_once(": ").unwrap();
        assert_eq!(response.headers()[name], value);
    }
    let chunked = b"HTTP/1.1 503 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\nwh\r\n1\r\ny\r\n0\r\n\r\n";
    assert_eq!(refused_with(chunked).await.body(), "why");
    let response = refused_with(b"HTTP/1.1 404 X\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!((response.status(), response.body().len()), (StatusCode::NOT_FOUND, 0));
}

#[tokio::test]
async fn of_a_refusal_no_more_than_16_kib_is_kept() {
    let mut answer = b"HTTP/1.1 403 X\r\ncontent-length: 1000000\r\n\r\n".to_vec();
    answer.resize(answer.len() + 500_000, b'a');
    let response = refused_with(&answer).await;
    assert_eq!(response.body().len(), 16 * 1024);
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_does_not_hide_the_status() {
    let began = Instant::now();
    let response = refused_with(b"HTTP/1.1 403 X\r\ncontent-length: 100\r\n\r\npart").await;
    assert_eq!((response.status(), &response.body()[..]), (StatusCode::FORBIDDEN, &b"part"[..]));
    assert_eq!(began.elapsed().as_secs(), 5);
}

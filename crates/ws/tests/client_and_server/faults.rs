//! Peers that do wrong, and how they are told.

use crate::bare;
use hyperserve_ws::{CloseCode, Error, Role, WebSocket, WebSocketConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// What the socket makes of these bytes, and the code it closes with.
async fn made_of(role: Role, config: WebSocketConfig, bytes: &[u8]) -> (Error, u16) {
    let (mut socket, mut stream) = bare(role, config);
    stream.write_all(bytes).await.unwrap();
    let error = match socket.recv().await {
        Some(Err(error)) => error,
        other => panic!("{bytes:x?}: {other:?}"),
    };
    assert!(socket.recv().await.is_none());
    drop(socket);
    (error, close_code(role, &mut stream).await)
}

async fn close_code(role: Role, stream: &mut tokio::io::DuplexStream) -> u16 {
    stream.shutdown().await.unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).await.unwrap();
    assert_eq!(said[0], 0x88, "{said:x?}");
    let (key, payload) = match role {
        Role::Client => (said[2..6].to_vec(), &said[6..]),
        Role::Server => (vec![0; 4], &said[2..]),
    };
    u16::from_be_bytes([payload[0] ^ key[0], payload[1] ^ key[1]])
}

#[tokio::test]
async fn a_server_refuses_what_no_client_may_send() {
    for bytes in [
        &b"\x81\x01a"[..],                     // no mask
        b"\xc1\x81\0\0\0\0a",                  // compressed, which was not agreed on
        b"\x91\x81\0\0\0\0a",                  // a reserved bit
        b"\x83\x80\0\0\0\0",                   // an unknown opcode
        b"\x80\x80\0\0\0\0",                   // a continuation of nothing
        b"\x01\x81\0\0\0\0a\x81\x81\0\0\0\0b", // a message within another
        b"\x09\x80\0\0\0\0",                   // a ping in pieces
        b"\x89\xfe\0\x7e\0\0\0\0",             // a long ping
        b"\x81\xfe\0\x05\0\0\0\0",             // a length too long written
        b"\x88\x81\0\0\0\0a",                  // half a close code
        b"\x88\x82\0\0\0\0\x03\xee",           // a code that is never sent
    ] {
        let (error, code) = made_of(Role::Server, WebSocketConfig::default(), bytes).await;
        assert!(matches!(error, Error::Protocol(_)), "{bytes:x?}: {error:?}");
        assert_eq!(code, 1002, "{bytes:x?}");
    }
}

#[tokio::test]
async fn a_client_refuses_masked_frames() {
    let (error, code) = made_of(Role::Client, WebSocketConfig::default(), b"\x81\x81\0\0\0\0a").await;
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert_eq!(code, 1002);
}

#[tokio::test]
async fn text_is_utf_8() {
    for bytes in
        [&b"\x81\x01\xff"[..], b"\x01\x02\xe2\x82\x80\x01x", b"\x01\x01\xf5", b"\x88\x03\x03\xe8\xff"]
    {
        let (error, code) = made_of(Role::Client, WebSocketConfig::default(), bytes).await;
        assert!(matches!(error, Error::InvalidUtf8), "{bytes:x?}: {error:?}");
        assert_eq!(code, 1007, "{bytes:x?}");
    }
}

#[tokio::test]
async fn limits_are_kept_before_the_bytes_come() {
    let config = || WebSocketConfig::default().with_max_message(100).with_max_frame(50);
    for bytes in [
        &b"\x82\x33"[..],                            // a frame of 51
        b"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", // one of all the bytes there are
    ] {
        let (error, code) = made_of(Role::Client, config(), bytes).await;
        assert!(matches!(error, Error::TooLarge), "{bytes:x?}: {error:?}");
        assert_eq!(code, 1009);
    }
    let mut message = [&b"\x02\x32"[..], &[0; 50], b"\x00\x32", &[0; 50]].concat();
    message.extend_from_slice(b"\x80\x01");
    let (error, _) = made_of(Role::Client, config(), &message).await;
    assert!(matches!(error, Error::TooLarge), "{error:?}");
    message.truncate(message.len() - 2);
    message.extend_from_slice(b"\x80\x00");
    let (mut socket, mut stream) = bare(Role::Client, config());
    stream.write_all(&message).await.unwrap();
    assert_eq!(socket.recv().await.unwrap().unwrap().len(), 100);
}

/// A message in pieces, with pings between them, one byte at a time.
#[tokio::test]
async fn pieces_are_put_together_and_pings_answered() {
    let (socket, mut stream) = bare(Role::Client, WebSocketConfig::default());
    let receiving = tokio::spawn(async move {
        let mut socket: WebSocket = socket;
        let message = socket.recv().await.unwrap().unwrap();
        assert_eq!(message.as_str(), Some("κόσμε"));
        assert!(socket.recv().await.is_none());
        assert_eq!(socket.close_frame().unwrap().code, CloseCode::NO_STATUS);
    });
    let text = "κόσμε".as_bytes();
    let mut bytes = vec![0x01, 3];
    bytes.extend_from_slice(&text[..3]);
    bytes.extend_from_slice(b"\x89\x02hi\x00\x00\x8a\x03pop\x80");
    bytes.push((text.len() - 3) as u8);
    bytes.extend_from_slice(&text[3..]);
    for byte in bytes {
        stream.write_u8(byte).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut pong = [0; 8];
    stream.read_exact(&mut pong).await.unwrap();
    assert_eq!((pong[0], pong[1], pong[6] ^ pong[2], pong[7] ^ pong[3]), (0x8a, 0x82, b'h', b'i'));
    stream.write_all(b"\x88\x00").await.unwrap();
    let mut answer = [0; 6];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer[..2], [0x88, 0x80]);
    drop(stream);
    receiving.await.unwrap();
}

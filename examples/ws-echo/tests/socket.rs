//! The two programs of the example talk to each other, and Ctrl+C ends the server while they do.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "../../running.rs"]
mod running;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use running::Running;

const HANDSHAKE: &[u8] =
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                           Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// "Hello" in a masked frame, and without its mask (RFC 6455 §5.7).
const HELLO: [u8; 11] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
const ECHO: [u8; 7] = [0x81, 0x05, b'H', b'e', b'l', b'l', b'o'];

#[test]
fn it_echoes_and_says_goodbye() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-ws-echo"), &[]);
    let mut stream = example.connect();
    stream.write_all(HANDSHAKE).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    assert!(head.starts_with("http/1.1 101 ") && head.contains("\r\nupgrade: websocket\r\n"), "{head}");
    assert!(head.contains(": s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"), "RFC 6455 §1.3: {head}");
    stream.write_all(&HELLO).unwrap();
    let mut echo = [0; ECHO.len()];
    stream.read_exact(&mut echo).unwrap();
    assert_eq!(echo, ECHO);

    example.interrupt();
    let mut close = [0; 4];
    stream.read_exact(&mut close).unwrap();
    assert_eq!((close[0], u16::from_be_bytes([close[2], close[3]])), (0x88, 1001));
    // an answer to it: Close, masked with zeros
    stream.write_all(&[0x88, 0x82, 0, 0, 0, 0, close[2], close[3]]).unwrap();
    example.end();
}

/// Two echoes say nothing to each other: the client waits until the server goes down, and ends with it.
#[test]
fn its_client_stays_until_the_server_closes() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-ws-echo"), &[]);
    let url = format!("ws://{}/", example.address());
    let client = Command::new(env!("CARGO_BIN_EXE_ws-echo-client")).arg(&url).stdout(Stdio::piped()).spawn();
    let mut client = client.unwrap();
    let mut line = String::new();
    BufReader::new(client.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim_end(), url);
    assert_eq!(client.try_wait().unwrap(), None);
    example.interrupt();
    assert!(client.wait().unwrap().success());
    example.end();
}

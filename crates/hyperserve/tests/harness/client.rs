//! HTTP/1.1 by hand, over any stream: what is sent is what the test says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer that has been read to the end of its connection.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but {text:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends `text`, reads to the end.
pub(crate) fn exchange(mut stream: impl Read + Write, text: &str) -> Answer {
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    Answer::parse(&String::from_utf8(answer).unwrap())
}

/// The text of a GET that ends its connection.
pub(crate) fn get_text(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: test.example:80\r\nConnection: close\r\n{fields}\r\n")
}

pub(crate) fn get(address: SocketAddr, target: &str) -> Answer {
    exchange(connect(address), &get_text(target, ""))
}

/// What `/api/echo` tells of a request with these fields, sent after `prologue`.
pub(crate) fn echo(address: SocketAddr, prologue: &str, fields: &str) -> Value {
    let head = "POST /api/echo HTTP/1.1\r\nHost: test.example\r\nConnection: close\r\nContent-Type: application/json\r\n";
    let answer =
        exchange(connect(address), &format!("{prologue}{head}{fields}Content-Length: 2\r\n\r\n{{}}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

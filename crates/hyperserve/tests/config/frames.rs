//! HTTP/2 by hand (RFC 9113 §4.1): frames are written as bytes and read one by one.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::client::connect;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;

/// On SETTINGS and PING.
pub(crate) const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A request without a body, or one whose body is still to come.
pub(crate) fn request(stream: u32, method: Method, path: &str) -> Vec<u8> {
    // Indexed fields, and literals without indexing by the name's index (RFC 7541 §6.1, §6.2.2, appendix A).
    let (method, flags) = match method {
        Method::Get => (0x82, END_HEADERS | END_STREAM),
        Method::PostWithoutEnd => (0x83, END_HEADERS),
    };
    let length = u8::try_from(path.len()).unwrap();
    let block = [&[method, 0x86, 0x04, length], path.as_bytes(), &[0x01, 1, b'a']].concat();
    frame(HEADERS, flags, stream, &block)
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Method {
    Get,
    PostWithoutEnd,
}

/// A connection that has sent its preface and these settings.
pub(crate) struct Connection {
    stream: TcpStream,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr, settings: &[(u16, u32)]) -> Self {
        let mut stream = connect(address);
        let entries =
            settings.iter().flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat());
        let settings: Vec<u8> = entries.collect();
        stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &settings)].concat()).unwrap();
        Self { stream }
    }

    /// A peer that closes meanwhile is no fault: what it said is still to be read.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        drop(self.stream.write_all(bytes));
    }

    /// The next frame; `None` at the end of the connection.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        self.stream.read_exact(&mut payload).ok()?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Some(Frame { kind: head[3], flags: head[4], stream, payload })
    }

    /// The next frame that fits; `None` if the connection ends before.
    pub(crate) fn find(&mut self, fits: impl Fn(&Frame) -> bool) -> Option<Frame> {
        std::iter::from_fn(|| self.next()).find(fits)
    }

    /// Whether a PING that is sent now comes back.
    pub(crate) fn lives(&mut self) -> bool {
        self.send(&frame(PING, 0, 0, b"alive???"));
        self.find(|frame| frame.kind == GOAWAY || frame.payload == b"alive???")
            .is_some_and(|frame| frame.kind == PING)
    }

    /// Whether the connection ends within this time, whatever is said on it.
    pub(crate) fn ends_within(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut bytes = [0; 4096];
        while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
        {
            self.stream.set_read_timeout(Some(left)).unwrap();
            match self.stream.read(&mut bytes) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    return false;
                }
                Err(_) => return true,
            }
        }
        false
    }
}

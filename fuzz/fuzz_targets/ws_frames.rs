//! A WebSocket that is fed any bytes, as a server and as a client, with and without compression: it keeps its limits,
//! understands the same however the bytes are split, answers in frames that the other end understands, and what it has
//! understood can be said and understood again.

#![no_main]

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyperserve_ws::{CloseCode, Compression, Error, Message, Role, WebSocket, WebSocketConfig, fuzzing};
use libfuzzer_sys::fuzz_target;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const MAX_MESSAGE: usize = 5_000;
const MAX_FRAME: usize = 3_000;

/// No time passes here: nothing is to wait for a timer.
static CONFIG: LazyLock<Arc<WebSocketConfig>> = LazyLock::new(|| {
    let off = Duration::ZERO;
    let config =
        WebSocketConfig::default().with_ping_interval(off).with_pong_timeout(off).with_idle_timeout(off);
    let config = config.with_close_timeout(off).with_write_timeout(off).with_read_buffer(512);
    let compression = Compression::default().with_min_size(0);
    Arc::new(
        config.with_max_message(MAX_MESSAGE).with_max_frame(MAX_FRAME).with_compression(Some(compression)),
    )
});

/// What both ends have agreed on.
#[derive(Clone, Copy)]
enum Terms {
    Plain,
    Compressed { takeover: bool },
}

impl Terms {
    fn socket(self, stream: Stream, role: Role) -> WebSocket {
        match self {
            Self::Plain => WebSocket::from_stream(stream, role, Arc::clone(&CONFIG)),
            Self::Compressed { takeover } => fuzzing::compressed(stream, role, Arc::clone(&CONFIG), takeover),
        }
    }
}

/// Gives its bytes in pieces, and with `pauses` is not ready before each of them; then ends.
struct Stream {
    bytes: Vec<u8>,
    at: usize,
    pieces: Vec<usize>,
    next: usize,
    pauses: bool,
    paused: bool,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Stream {
    /// `pieces` are the lengths of the pieces, over and over.
    fn new(bytes: &[u8], pieces: &[usize], pauses: bool) -> Self {
        let (bytes, pieces) = (bytes.to_vec(), pieces.to_vec());
        Self { bytes, at: 0, pieces, next: 0, pauses, paused: false, written: Arc::default() }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.pauses && !std::mem::replace(&mut self.paused, true) {
            return Poll::Pending;
        }
        self.paused = false;
        let piece = self.pieces[self.next % self.pieces.len()].max(1);
        self.next += 1;
        let end = self.bytes.len().min(self.at + piece.min(buf.remaining()));
        buf.put_slice(&self.bytes[self.at..end]);
        self.at = end;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.written.lock().expect("one thread").extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Polls until it is ready: the stream pauses once before each piece, and nothing else waits.
fn finished<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("it never ends")
}

/// Everything that came, and how it ended.
#[derive(Debug, PartialEq)]
struct Heard {
    messages: Vec<Message>,
    error: Option<String>,
    close: Option<(CloseCode, String)>,
}

fn hear(socket: &mut WebSocket) -> Heard {
    let (mut messages, mut error) = (Vec::new(), None);
    while let Some(message) = finished(socket.recv()) {
        match message {
            Ok(message) => {
                assert!(message.len() <= MAX_MESSAGE);
                messages.push(message);
            }
            Err(Error::Io(failure)) => panic!("the stream never fails, yet {failure}"),
            Err(failure) => error = Some(failure.to_string()),
        }
    }
    assert!(finished(socket.recv()).is_none(), "it goes on after its end");
    let close = socket.close_frame().map(|frame| (frame.code, frame.reason.to_string()));
    Heard { messages, error, close }
}

fn other(role: Role) -> Role {
    match role {
        Role::Server => Role::Client,
        Role::Client => Role::Server,
    }
}

/// Hears the bytes, and looks at what is answered.
fn listen(bytes: &[u8], pieces: &[usize], pauses: bool, role: Role, terms: Terms) -> Heard {
    let stream = Stream::new(bytes, pieces, pauses);
    let written = Arc::clone(&stream.written);
    let mut socket = terms.socket(stream, role);
    let heard = hear(&mut socket);
    drop(socket);
    let written = written.lock().expect("one thread").clone();
    let answered = hear(&mut terms.socket(Stream::new(&written, &[usize::MAX], false), other(role)));
    assert!(answered.messages.is_empty(), "it only answers");
    let lost = Error::Lost.to_string();
    assert!(answered.error.is_none_or(|error| error == lost), "its own answer is malformed");
    heard
}

/// Says the messages to the other end.
fn say_again(messages: &[Message], role: Role, terms: Terms) {
    let stream = Stream::new(&[], &[1], false);
    let written = Arc::clone(&stream.written);
    let mut socket = terms.socket(stream, role);
    for message in messages {
        finished(socket.feed(message.clone())).expect("nothing is in the way");
    }
    finished(socket.flush()).expect("nothing is in the way");
    let written = written.lock().expect("one thread").clone();
    let mut peer = terms.socket(Stream::new(&written, &[700], true), other(role));
    let heard = hear(&mut peer);
    // what is near the limit is over it with the head of a frame, or compressed with takeover
    let fits = |message: &Message| message.len() <= MAX_FRAME - 100;
    if messages.iter().all(fits) {
        assert_eq!(heard.messages, messages);
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&[choice, piece], bytes)) = input.split_first_chunk() else { return };
    let role = if choice & 1 == 0 { Role::Server } else { Role::Client };
    let terms = match choice >> 1 & 3 {
        0 => Terms::Plain,
        1 => Terms::Compressed { takeover: true },
        _ => Terms::Compressed { takeover: false },
    };
    let pieces = [usize::from(piece), usize::from(choice), 1, usize::from(piece ^ choice) * 4];
    let whole = listen(bytes, &[usize::MAX], false, role, terms);
    assert_eq!(whole, listen(bytes, &[1], true, role, terms), "byte by byte");
    let pauses = choice & 8 != 0;
    assert_eq!(
        whole,
        listen(bytes, &pieces, pauses, role, terms),
        "in pieces of {pieces:?}, pauses: {pauses}"
    );
    say_again(&whole.messages, role, terms);
});

use super::*;
use crate::conn::Socket;
use crate::conn::batch::Batching;
use crate::conn::rewind::Rewind;
use crate::conn::timers::Timers;
use crate::conn::transport::Transport;
use hyperserve_core::{BodyError, SendFile};
use std::io::{IoSlice, Write as _};
use std::pin::Pin;
use std::task::Waker;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWrite as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

/// Stretches of a file, and nothing after them.
struct Stretches(Vec<FileStretch>);

impl http_body::Body for Stretches {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BodyError>>> {
        Poll::Ready(None)
    }
}

impl SendFile for Stretches {
    fn next_stretch(mut self: Pin<&mut Self>, _: u64) -> Option<FileStretch> {
        self.0.pop()
    }
}

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8 + 1).collect()
}

fn file(length: usize) -> Arc<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&pattern(length)).unwrap();
    Arc::new(file)
}

fn body(file: &Arc<File>, stretches: &[(u64, u64)]) -> Body {
    let of = |(start, length): &(u64, u64)| FileStretch::new(Arc::clone(file), *start, *length);
    Body::of_file(Stretches(stretches.iter().rev().map(of).collect()))
}

fn window(windows: &Windows, body: &mut Body) -> Option<Bytes> {
    match windows.poll_next(body, &Context::from_waker(Waker::noop())) {
        Poll::Ready(window) => window,
        Poll::Pending => panic!("it waits"),
    }
}

fn waits(windows: &Windows, body: &mut Body) -> bool {
    windows.poll_next(body, &Context::from_waker(Waker::noop())).is_pending()
}

/// A socket that sends files, and its peer.
fn pair() -> (Socket, Arc<Windows>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut socket = Socket::unix(ours, Arc::<Timers>::default());
    let windows = socket.send_files();
    (socket, windows, theirs)
}

async fn write(socket: &mut Socket, parts: &[&[u8]]) -> io::Result<usize> {
    let slices: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
    std::future::poll_fn(|cx| Pin::new(&mut *socket).poll_write_vectored(cx, &slices)).await
}

async fn read(peer: &mut UnixStream, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    let reading = peer.read_exact(&mut bytes);
    tokio::time::timeout(Duration::from_secs(10), reading).await.unwrap().unwrap();
    bytes
}

#[tokio::test]
async fn a_window_is_sent_as_what_it_stands_for() {
    let (mut socket, windows, mut peer) = pair();
    let mut body = body(&file(MOST), &[(7, 1000)]);
    let window = window(&windows, &mut body).unwrap();
    assert_eq!((window.len(), is_window(&window)), (1000, true));
    assert_eq!(write(&mut socket, &[b"before ", b"it ", &window]).await.unwrap(), 1010);
    assert_eq!(write(&mut socket, &[b" after"]).await.unwrap(), 6);
    let wanted = [b"before it ", &pattern(2000)[7..1007], b" after"].concat();
    assert!(read(&mut peer, 1016).await == wanted);
}

#[tokio::test]
async fn a_window_goes_in_pieces_as_the_peer_takes_it() {
    let (mut socket, windows, mut peer) = pair();
    let file = file(MOST);
    let mut body = body(&file, &[(0, MOST as u64)]);
    let window = window(&windows, &mut body).unwrap();
    let reading = tokio::spawn(async move { read(&mut peer, MOST).await });
    let (mut sent, mut writes) = (0, 0);
    while sent < MOST {
        sent += write(&mut socket, &[&window[sent..]]).await.unwrap();
        writes += 1;
    }
    assert!(writes > 1, "the socket took all at once");
    assert!(reading.await.unwrap() == pattern(MOST));
}

#[tokio::test]
async fn what_waits_in_a_batch_goes_first() {
    let (mut socket, windows, mut peer) = pair();
    let _batching = Batching::enter();
    assert_eq!(write(&mut socket, &[b"small"]).await.unwrap(), 5);
    let mut body = body(&file(MOST), &[(0, 20)]);
    let window = window(&windows, &mut body).unwrap();
    assert_eq!(write(&mut socket, &[&window]).await.unwrap(), 20);
    assert_eq!(read(&mut peer, 25).await, [b"small", &pattern(20)[..]].concat());
}

#[tokio::test]
async fn there_is_one_window_at_a_time_and_others_have_their_turn() {
    let (mut socket, windows, _peer) = pair();
    let mut body = body(&file(MOST), &[(0, 10), (10, 10), (20, 10)]);
    let first = window(&windows, &mut body).unwrap();
    assert!(waits(&windows, &mut body), "the first is not sent");
    assert_eq!(write(&mut socket, &[&first[..4]]).await.unwrap(), 4);
    assert!(waits(&windows, &mut body), "nor is all of it");
    assert_eq!(write(&mut socket, &[&first[4..]]).await.unwrap(), 6);
    let second = window(&windows, &mut body).unwrap();
    assert_eq!(write(&mut socket, &[&second]).await.unwrap(), 10);
    assert!(waits(&windows, &mut body), "others have their turn");
    windows.renew();
    assert!(window(&windows, &mut body).is_some());
}

/// A message that is shorter than its body leaves some of a window behind: it must not be taken for another file.
#[tokio::test]
async fn what_is_left_of_a_window_is_nothing_else() {
    let (mut socket, windows, mut peer) = pair();
    let (one, other) = (file(MOST), file(MOST));
    let mut cut = body(&one, &[(0, 1000)]);
    windows.begin();
    let left = window(&windows, &mut cut).unwrap();
    assert_eq!(write(&mut socket, &[&left[..300]]).await.unwrap(), 300);
    assert!(read(&mut peer, 300).await == pattern(300));
    windows.begin();
    let mut next = body(&other, &[(500, 1000)]);
    assert!(window(&windows, &mut next).is_none(), "it is read from here on");
    windows.begin();
    assert!(window(&windows, &mut next).is_none());
}

#[tokio::test]
async fn a_window_that_stands_for_nothing_is_an_error() {
    let (mut socket, windows, _peer) = pair();
    let mut body = body(&file(MOST), &[(0, 10), (10, 10)]);
    let sent = window(&windows, &mut body).unwrap();
    assert_eq!(write(&mut socket, &[&sent]).await.unwrap(), 10);
    assert_eq!(write(&mut socket, &[&sent]).await.unwrap_err().kind(), ErrorKind::InvalidData);
    let later = window(&windows, &mut body).unwrap();
    let wrong = &later[1..];
    assert_eq!(write(&mut socket, &[wrong]).await.unwrap_err().kind(), ErrorKind::InvalidData);
    assert_eq!(socket.write(wrong).await.unwrap_err().kind(), ErrorKind::InvalidData);
    assert_eq!(write(&mut socket, &[b"head", wrong]).await.unwrap(), 4, "it is heard of when it comes again");
}

#[tokio::test]
async fn zeros_are_never_sent_in_its_place() {
    let mut body = body(&file(MOST), &[(0, 10)]);
    let window = window(&Windows::default(), &mut body).unwrap();
    let (ours, _theirs) = tokio::io::duplex(100);
    let mut other = Transport::Other(Rewind::new(Box::new(ours)));
    assert!(other.send_files().is_none());
    assert_eq!(other.write(&window).await.unwrap_err().kind(), ErrorKind::InvalidData);
    let slices = [IoSlice::new(b"head"), IoSlice::new(&window)];
    assert_eq!(other.write_vectored(&slices).await.unwrap_err().kind(), ErrorKind::InvalidData);
    assert_eq!(other.write(b"head").await.unwrap(), 4);
}

#[tokio::test]
async fn a_file_that_ends_early_is_an_error() {
    let (mut socket, windows, mut peer) = pair();
    let mut body = body(&file(100), &[(0, 300)]);
    let window = window(&windows, &mut body).unwrap();
    assert_eq!(write(&mut socket, &[&window]).await.unwrap(), 100);
    assert!(read(&mut peer, 100).await == pattern(100));
    assert_eq!(write(&mut socket, &[&window[100..]]).await.unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn only_windows_are_windows() {
    assert!(!is_window(b"") && !is_window(b"abc") && !is_window(&vec![0; MOST]));
    assert!(!is_window(&ZEROS[..0]) && is_window(&ZEROS[..1]) && is_window(&ZEROS[MOST - 1..]));
}

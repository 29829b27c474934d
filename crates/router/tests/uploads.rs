//! Uploads over a socket: what a handler spools is there while it is wanted, and gone whatever becomes of the client.

#![cfg(feature = "multipart")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hyperserve_core::{BodyError, Problem};
use hyperserve_router::{Multipart, Rejection, Router, State, post};
use hyperserve_server::{Limits, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Where uploads go, and what became of them.
#[derive(Clone)]
struct Site {
    folder: PathBuf,
    ends: Arc<Mutex<Vec<&'static str>>>,
}

async fn receive(State(site): State<Site>, form: Multipart) -> Result<String, Problem> {
    let form = form.with_spool_dir(&site.folder).with_spool_threshold(1000).with_field_limit("small", 5000);
    let end = |end| site.ends.lock().unwrap().push(end);
    match form.spool_all().await {
        Ok(fields) => {
            end("whole");
            let first = &fields[0];
            Ok(format!("{} {}", first.length(), if first.is_in_memory() { "in memory" } else { "in a file" }))
        }
        Err(rejection) => {
            end(if is_disconnected(&rejection) { "gone" } else { "refused" });
            Err(rejection.into())
        }
    }
}

fn is_disconnected(rejection: &Rejection) -> bool {
    let source = std::error::Error::source(rejection);
    source.and_then(|source| source.downcast_ref()).is_some_and(BodyError::is_disconnected)
}

/// What a test sees of the server.
struct Seen {
    folder: tempfile::TempDir,
    ends: Arc<Mutex<Vec<&'static str>>>,
    address: SocketAddr,
}

impl Seen {
    fn files(&self) -> usize {
        std::fs::read_dir(&self.folder).unwrap().count()
    }

    async fn until(&self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !holds(self) {
            assert!(Instant::now() < deadline, "not {what}: {} files, {:?}", self.files(), self.ends);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Nothing is left, and the handler has ended like this.
    async fn ended(&self, end: &'static str) {
        self.until("gone", |seen| seen.files() == 0).await;
        self.until(end, |seen| *seen.ends.lock().unwrap() == [end]).await;
    }

    async fn send(&self, head: &str, body: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: a.example\r\ncontent-type: multipart/form-data; boundary=b\r\n{head}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        stream
    }
}

/// All that comes until the server closes.
async fn answer(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn served(set: &[(&str, &str)], folder: Option<PathBuf>, client: impl AsyncFnOnce(&Seen)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut limits = Limits::default();
        set.iter().for_each(|(name, value)| limits.set(name, value).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Seen { folder: tempfile::tempdir().unwrap(), ends: Arc::default(), address };
        let site = Site {
            folder: folder.unwrap_or_else(|| seen.folder.path().to_owned()),
            ends: Arc::clone(&seen.ends),
        };
        let app = Router::new().route("/", post(receive)).with_state(site).build();
        let server = serve(listener, app, limits, std::future::pending());
        let both = async {
            tokio::select! {
                () = client(&seen) => {}
                _ = server => {}
            }
        };
        tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
    });
}

fn field(name: &str, length: usize) -> Vec<u8> {
    let head = format!("--b\r\nContent-Disposition: form-data; name={name}\r\n\r\n");
    [head.as_bytes(), &vec![b'x'; length]].concat()
}

fn whole(name: &str, length: usize) -> Vec<u8> {
    [field(name, length), b"\r\n--b--\r\n".to_vec()].concat()
}

#[test]
fn short_fields_stay_in_memory_and_long_ones_go_to_files() {
    for (length, told) in
        [(1000, "1000 in memory"), (1001, "1001 in a file"), (1_500_000, "1500000 in a file")]
    {
        served(&[], None, async |seen| {
            let body = whole("a", length);
            let head = format!("content-length: {}\r\nconnection: close", body.len());
            let answer = answer(seen.send(&head, &body).await).await;
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(told), "{answer}");
            seen.ended("whole").await;
        });
    }
}

#[test]
fn a_client_that_leaves_in_the_middle_is_noticed_and_leaves_no_file() {
    for reset in [false, true] {
        served(&[], None, async |seen| {
            let stream = seen.send("content-length: 1000000", &field("a", 100_000)).await;
            seen.until("in a file", |seen| seen.files() == 1).await;
            if reset {
                stream.set_zero_linger().unwrap();
            }
            drop(stream);
            seen.ended("gone").await;
        });
    }
}

#[test]
fn a_client_that_falls_silent_is_answered_408_and_leaves_no_file() {
    served(&[("body_idle_timeout", "300ms")], None, async |seen| {
        let stream = seen.send("content-length: 1000000", &field("a", 100_000)).await;
        let answer = answer(stream).await;
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("connection: close"), "{answer}");
        seen.ended("refused").await;
    });
}

/// By its rate, and by the time for the whole.
#[test]
fn a_client_that_trickles_is_answered_408_and_leaves_no_file() {
    let slow = [("body_idle_timeout", "300ms"), ("body_min_rate", "1000000"), ("body_timeout", "off")];
    let long = [("body_idle_timeout", "5s"), ("body_min_rate", "off"), ("body_timeout", "400ms")];
    for limits in [slow, long] {
        served(&limits, None, async |seen| {
            let mut stream = seen.send("content-length: 1000000", &field("a", 100_000)).await;
            let mut begin = [0; 13];
            let pause = Duration::from_millis(50);
            while tokio::time::timeout(pause, stream.read_exact(&mut begin)).await.is_err() {
                stream.write_all(b"x").await.unwrap();
            }
            assert_eq!(&begin, b"HTTP/1.1 408 ", "{limits:?}");
            seen.ended("refused").await;
        });
    }
}

#[test]
fn a_length_above_the_limit_is_refused_before_a_byte_is_read_or_asked_for() {
    for expect in ["", "\r\nexpect: 100-continue"] {
        served(&[("body_limit", "100000")], None, async |seen| {
            let answer = answer(seen.send(&format!("content-length: 100001{expect}"), b"").await).await;
            assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("connection: close"), "{answer}");
            assert!(answer.contains(r#""limit":100000"#), "{answer}");
            assert!(seen.ends.lock().unwrap().is_empty(), "the handler is not called");
        });
    }
}

#[test]
fn a_limit_that_is_passed_on_the_way_leaves_no_file() {
    served(&[("body_limit", "100000")], None, async |seen| {
        let part = field("a", 100_000);
        let body = [format!("{:x}\r\n", part.len()).as_bytes(), &part].concat();
        let answer = answer(seen.send("transfer-encoding: chunked", &body).await).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        seen.ended("refused").await;
    });
    served(&[], None, async |seen| {
        let body = whole("small", 40_000);
        let head = format!("content-length: {}\r\nconnection: close", body.len());
        let answer = answer(seen.send(&head, &body).await).await;
        assert!(
            answer.starts_with("HTTP/1.1 413 ") && answer.contains(r#""loc":["body","small"]"#),
            "{answer}"
        );
        seen.ended("refused").await;
    });
}

#[test]
fn a_folder_that_cannot_be_written_is_a_500_that_does_not_name_it() {
    served(&[], Some("/not/there".into()), async |seen| {
        let body = whole("a", 2000);
        let head = format!("content-length: {}\r\nconnection: close", body.len());
        let answer = answer(seen.send(&head, &body).await).await;
        assert!(answer.starts_with("HTTP/1.1 500 ") && !answer.contains("not/there"), "{answer}");
        seen.ended("refused").await;
    });
}

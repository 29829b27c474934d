//! Files that are changed while they are sent.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::FileExt as _;
use std::thread::sleep;
use std::time::Duration;

use crate::client::connect;
use crate::tls_client::Client;
use crate::{MIB, Running, Site, declared, get, head, pattern, rest};

/// Longer than what sockets hold.
const LENGTH: usize = 64 * MIB;

/// Asks for a file, reads the head of the answer, and waits until the server cannot send more.
fn begun(running: &Running) -> TcpStream {
    let mut stream = connect(running.plain);
    stream.write_all(get("/67108864.bin", "").as_bytes()).unwrap();
    assert_eq!(declared(&head(&mut stream)), LENGTH);
    sleep(Duration::from_millis(300));
    stream
}

fn overwrite(site: &Site) {
    let file = fs::OpenOptions::new().write(true).open(site.path(LENGTH)).unwrap();
    file.write_all_at(b"changed!", 4096).unwrap();
}

#[test]
fn one_that_is_shortened_ends_in_a_broken_length() {
    let site = Site::new(&[LENGTH]);
    let running = Running::new(site.files(), &[]);
    let mut stream = begun(&running);
    let file = fs::OpenOptions::new().write(true).open(site.path(LENGTH)).unwrap();
    file.set_len(20 * MIB as u64).unwrap();
    assert!(rest(&mut stream).len() < LENGTH);
}

#[test]
fn one_that_is_replaced_is_sent_as_it_was() {
    let site = Site::new(&[LENGTH]);
    let running = Running::new(site.files(), &[]);
    let mut stream = begun(&running);
    fs::write(site.0.path().join("new"), "other").unwrap();
    fs::rename(site.0.path().join("new"), site.path(LENGTH)).unwrap();
    let mut content = vec![0; LENGTH];
    stream.read_exact(&mut content).unwrap();
    assert!(content == pattern(LENGTH));
}

/// The kernel sends the file itself: what is written to it before the client has read it shows through. It is never taken for
/// the whole, since the last bytes are kept back.
#[test]
fn one_that_is_written_to_is_never_whole() {
    let site = Site::new(&[LENGTH]);
    let running = Running::new(site.files(), &[]);
    let mut stream = begun(&running);
    overwrite(&site);
    let got = rest(&mut stream);
    assert!(got.len() < LENGTH);
    assert_eq!(&got[4096..4104], b"changed!", "the kernel sends copies");
}

/// What is encrypted is a copy.
#[test]
fn over_tls_nothing_shows_through() {
    let site = Site::new(&[LENGTH]);
    let running = Running::new(site.files(), &[]);
    let mut stream = Client::default().connect(running.secure).unwrap();
    stream.write_all(get("/67108864.bin", "").as_bytes()).unwrap();
    assert_eq!(declared(&head(&mut stream)), LENGTH);
    sleep(Duration::from_millis(300));
    overwrite(&site);
    let got = rest(&mut stream);
    assert!(got.len() < LENGTH);
    assert!(got[4096..4104] == pattern(4104)[4096..]);
}

/// So it is where the setting is off.
#[test]
fn switched_off_nothing_shows_through() {
    let site = Site::new(&[LENGTH]);
    let running = Running::new(site.files(), &[("sendfile", "false")]);
    let mut stream = begun(&running);
    overwrite(&site);
    let got = rest(&mut stream);
    assert!(got.len() < LENGTH);
    assert!(got[4096..4104] == pattern(4104)[4096..]);
}

/// Layers that only look on pass the file on, and count what is sent.
#[test]
fn layers_that_look_on_let_the_kernel_send() {
    use hyperserve::middleware::access_log::{AccessLog, AccessLogConfig, AccessLogFormat, AccessLogLayer};
    use tower::Layer as _;
    let site = Site::new(&[LENGTH]);
    let file = tempfile::NamedTempFile::new().unwrap();
    let config = AccessLogConfig::new().with_format(AccessLogFormat::common());
    let log = AccessLog::to_writer(&config, file.reopen().unwrap()).unwrap();
    let stack = hyperserve::stack::Stack::file_server().with_access_log(AccessLogLayer::new(log.clone()));
    let running = Running::new(stack.layer(site.files()), &[]);
    let mut stream = begun(&running);
    overwrite(&site);
    let got = rest(&mut stream);
    assert!(got.len() < LENGTH);
    assert_eq!(&got[4096..4104], b"changed!", "a layer has its hands on the bytes");
    let mut whole = connect(running.plain);
    whole.write_all(get("/67108864.bin", "Connection: close\r\n").as_bytes()).unwrap();
    head(&mut whole);
    assert_eq!(rest(&mut whole).len(), LENGTH);
    drop(running);
    log.flush();
    let told = fs::read_to_string(file.path()).unwrap();
    assert!(told.lines().last().unwrap().contains(&LENGTH.to_string()), "{told}");
}

//! Clients that read slowly, or not at all, and a server that stops.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::client::connect;
use crate::{MIB, Running, Site, answer, declared, get, head, pattern, rest};

const LENGTH: usize = 64 * MIB;
const TARGET: &str = "/67108864.bin";

fn asking(running: &Running) -> TcpStream {
    let mut stream = connect(running.plain);
    stream.write_all(get(TARGET, "").as_bytes()).unwrap();
    stream
}

#[test]
fn a_slow_reader_gets_all_of_it() {
    let site = Site::new(&[5 * MIB]);
    let running = Running::new(site.files(), &[]);
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(8192).unwrap();
    socket.connect(&running.plain.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.write_all(get("/5242880.bin", "").as_bytes()).unwrap();
    assert_eq!(declared(&head(&mut stream)), 5 * MIB);
    let mut content = Vec::new();
    while content.len() < 5 * MIB {
        let mut piece = vec![0; (5 * MIB - content.len()).min(50_000)];
        stream.read_exact(&mut piece).unwrap();
        content.append(&mut piece);
        sleep(Duration::from_millis(5));
    }
    assert!(content == pattern(5 * MIB));
}

#[test]
fn a_client_that_leaves_harms_nobody() {
    let site = Site::new(&[LENGTH, MIB]);
    let running = Running::new(site.files(), &[]);
    for _ in 0..20 {
        let mut stream = asking(&running);
        head(&mut stream);
    }
    let mut stream = connect(running.plain);
    stream.write_all(get("/1048576.bin", "").as_bytes()).unwrap();
    assert!(answer(&mut stream).1 == pattern(MIB));
}

/// How much of a file comes, and how long it takes until the end, for a client that waits first.
fn after(wait: Duration, settings: &[(&str, &str)]) -> usize {
    let site = Site::new(&[LENGTH]);
    let running = Running::new(site.files(), settings);
    let mut stream = asking(&running);
    head(&mut stream);
    sleep(wait);
    // An answer that is whole leaves its connection open.
    drop(stream.set_read_timeout(Some(Duration::from_secs(1))));
    rest(&mut stream).len()
}

#[test]
fn a_client_that_does_not_read_is_cut() {
    let wait = Duration::from_millis(1500);
    assert!(after(wait, &[("write_stall_timeout", "300ms")]) < LENGTH);
    assert_eq!(after(wait, &[("write_stall_timeout", "20s")]), LENGTH);
}

#[test]
fn a_client_that_reads_too_slowly_is_cut() {
    let taken = |rate| {
        let site = Site::new(&[LENGTH]);
        let running =
            Running::new(site.files(), &[("write_stall_timeout", "300ms"), ("write_min_rate", rate)]);
        let mut stream = asking(&running);
        head(&mut stream);
        // A few bytes now and then, which is progress, until the server has had enough.
        let until = Instant::now() + Duration::from_secs(3);
        let mut piece = vec![0; 200_000];
        while Instant::now() < until && stream.read(&mut piece).is_ok_and(|count| count > 0) {
            sleep(Duration::from_millis(50));
        }
        Instant::now() < until
    };
    assert!(taken("100MiB"), "a slow client is still there");
    assert!(!taken("240"));
}

#[test]
fn a_server_that_stops_finishes_what_it_sends() {
    let site = Site::new(&[LENGTH]);
    let mut running = Running::new(site.files(), &[]);
    let mut stream = asking(&running);
    let head = head(&mut stream);
    assert_eq!(declared(&head), LENGTH);
    let reading = thread::spawn(move || {
        sleep(Duration::from_millis(300));
        rest(&mut stream)
    });
    running.stop();
    assert!(reading.join().unwrap() == pattern(LENGTH));
}

/// While one client takes a file as fast as it comes, another is answered.
#[test]
fn others_have_their_turn() {
    let site = Site::new(&[LENGTH, 1]);
    let running = Running::new(site.files(), &[]);
    let mut stream = asking(&running);
    head(&mut stream);
    let reading = thread::spawn(move || {
        let mut content = vec![0; LENGTH];
        stream.read_exact(&mut content).unwrap();
    });
    let mut other = connect(running.plain);
    for _ in 0..100 {
        other.write_all(get("/1.bin", "").as_bytes()).unwrap();
        assert_eq!(answer(&mut other).1, pattern(1));
    }
    reading.join().unwrap();
}

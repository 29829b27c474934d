//! Whole files and parts of them, one after the other.

use std::fs;
use std::io::Write as _;
use std::thread;

use crate::client::connect;
use crate::{KIB, LENGTHS, MIB, Running, Site, answer, get, head, pattern};

#[test]
fn files_of_all_lengths_are_whole() {
    let site = Site::new(&LENGTHS);
    let running = Running::new(site.files(), &[]);
    let mut stream = connect(running.plain);
    for length in LENGTHS {
        stream.write_all(get(&format!("/{length}.bin"), "").as_bytes()).unwrap();
        let (head, content) = answer(&mut stream);
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(content == pattern(length), "{length}");
    }
}

#[test]
fn requests_that_come_together_are_answered_in_order() {
    let site = Site::new(&LENGTHS);
    let running = Running::new(site.files(), &[]);
    let stream = connect(running.plain);
    let order: Vec<_> = (0..4).flat_map(|_| [1, 5 * MIB, 64 * KIB, MIB, 0, MIB + 1, MIB - 1]).collect();
    let asked: String = order.iter().map(|length| get(&format!("/{length}.bin"), "")).collect();
    let mut writer = stream.try_clone().unwrap();
    let asking = thread::spawn(move || writer.write_all(asked.as_bytes()).unwrap());
    let mut stream = std::io::BufReader::new(stream);
    for length in order {
        assert!(answer(&mut stream).1 == pattern(length), "{length}");
    }
    asking.join().unwrap();
}

#[test]
fn ranges_are_what_was_asked_for() {
    let site = Site::new(&[5 * MIB]);
    let running = Running::new(site.files(), &[]);
    let mut stream = connect(running.plain);
    let whole = pattern(5 * MIB);
    for (first, last) in
        [(0, 0), (1, MIB), (4097, 5 * MIB - 1), (MIB + 7, 3 * MIB + 1), (5 * MIB - 1, 5 * MIB - 1)]
    {
        let range = format!("Range: bytes={first}-{last}\r\n");
        stream.write_all(get("/5242880.bin", &range).as_bytes()).unwrap();
        let (head, content) = answer(&mut stream);
        assert!(head.starts_with("HTTP/1.1 206 "), "{head}");
        assert!(content == whole[first..=last], "{first}-{last}");
    }
}

#[test]
fn several_ranges_stand_between_their_texts() {
    let site = Site::new(&[5 * MIB]);
    let running = Running::new(site.files(), &[]);
    let mut stream = connect(running.plain);
    let ranges = [(4 * MIB, 5 * MIB - 1), (10, 20), (MIB, 3 * MIB)];
    let asked: Vec<_> = ranges.iter().map(|(first, last)| format!("{first}-{last}")).collect();
    let fields = format!("Range: bytes={}\r\n", asked.join(","));
    stream.write_all(get("/5242880.bin", &fields).as_bytes()).unwrap();
    let (head, content) = answer(&mut stream);
    let boundary = head.split("boundary=").nth(1).unwrap().lines().next().unwrap();
    let whole = pattern(5 * MIB);
    let mut wanted = Vec::new();
    for (first, last) in ranges {
        let before = if wanted.is_empty() { "" } else { "\r\n" };
        let text = format!(
            "{before}--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {first}-{last}/{}\r\n\r\n",
            5 * MIB
        );
        wanted.extend_from_slice(text.as_bytes());
        wanted.extend_from_slice(&whole[first..=last]);
    }
    wanted.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert!(content == wanted);
}

#[test]
fn what_has_no_content_has_none() {
    let site = Site::new(&[5 * MIB]);
    let running = Running::new(site.files(), &[]);
    let mut stream = connect(running.plain);
    stream.write_all(get("/5242880.bin", "").replacen("GET", "HEAD", 1).as_bytes()).unwrap();
    let told = head(&mut stream);
    assert!(told.contains("content-length: 5242880"), "{told}");
    let tag = told.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    stream.write_all(get("/5242880.bin", &format!("If-None-Match: {tag}\r\n")).as_bytes()).unwrap();
    assert!(head(&mut stream).starts_with("HTTP/1.1 304 "));
    stream.write_all(get("/5242880.bin", "").as_bytes()).unwrap();
    assert!(answer(&mut stream).1 == pattern(5 * MIB));
}

/// Pages that were not read lately are not in memory: they are read by a thread, and sent all the same.
#[test]
fn what_is_not_in_memory_is_sent_as_well() {
    let site = Site::new(&[5 * MIB]);
    let file = fs::File::open(site.path(5 * MIB)).unwrap();
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    let running = Running::new(site.files(), &[]);
    let mut stream = connect(running.plain);
    stream.write_all(get("/5242880.bin", "").as_bytes()).unwrap();
    assert!(answer(&mut stream).1 == pattern(5 * MIB));
}

#[test]
fn an_older_client_gets_the_same() {
    let site = Site::new(&[5 * MIB]);
    let running = Running::new(site.files(), &[]);
    let mut stream = connect(running.plain);
    stream.write_all(b"GET /5242880.bin HTTP/1.0\r\n\r\n").unwrap();
    assert!(answer(&mut stream).1 == pattern(5 * MIB));
    assert!(crate::rest(&mut stream).is_empty());
}

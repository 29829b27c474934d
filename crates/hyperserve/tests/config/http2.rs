//! The limits of HTTP/2, over prior knowledge.

use std::io::{Read, Write};
use std::time::Duration;

use crate::client::connect;
use crate::frames::{ACK, Connection, Method, PING, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, request};
use crate::start::started;

pub(crate) const COVERED: &[&str] = &[
    "h2c",
    "h2_max_streams",
    "h2_max_header_list",
    "h2_max_pending_resets",
    "h2_max_local_resets",
    "h2_max_control_frames",
    "h2_ping_interval",
    "h2_ping_timeout",
    "h2_stream_window",
    "h2_connection_window",
];

/// SETTINGS_MAX_CONCURRENT_STREAMS, _INITIAL_WINDOW_SIZE, _MAX_HEADER_LIST_SIZE (RFC 9113 §6.5.2).
const MAX_STREAMS: u16 = 3;
const WINDOW: u16 = 4;
const MAX_HEADER_LIST: u16 = 6;

fn opened(variables: &[(&str, &str)]) -> (crate::process::Server, Connection) {
    let server = started(variables);
    let connection = Connection::open(server.address(0), &[]);
    (server, connection)
}

#[test]
fn prior_knowledge_can_be_switched_off() {
    let first = |h2c| {
        let server = started(&[("HS_H2C", h2c)]);
        let mut stream = connect(server.address(0));
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
        let mut start = [0; 4];
        stream.read_exact(&mut start).unwrap();
        start
    };
    assert_eq!(&first("off"), b"HTTP");
    assert_eq!(first("on")[3], SETTINGS);
}

#[test]
fn clients_are_told_of_streams_fields_and_windows() {
    let (_server, mut connection) = opened(&[
        ("HS_H2_MAX_STREAMS", "7"),
        ("HS_H2_MAX_HEADER_LIST", "9000"),
        ("HS_H2_STREAM_WINDOW", "100000"),
        ("HS_H2_CONNECTION_WINDOW", "200000"),
    ]);
    let settings = connection.find(|frame| frame.kind == SETTINGS && frame.flags != ACK).unwrap().payload;
    let told = |wanted: u16| {
        let entries = settings.chunks_exact(6);
        let mut values = entries.filter(|entry| entry[..2] == wanted.to_be_bytes());
        values.next().map(|entry| u32::from_be_bytes(entry[2..].try_into().unwrap()))
    };
    assert_eq!(
        (told(MAX_STREAMS), told(MAX_HEADER_LIST), told(WINDOW)),
        (Some(7), Some(9000), Some(100_000))
    );
    let update = connection.find(|frame| frame.kind == WINDOW_UPDATE && frame.stream == 0).unwrap().payload;
    assert_eq!(u32::from_be_bytes(update.try_into().unwrap()), 200_000 - 65_535);
}

/// Forty streams, each with a frame after it, in one write.
fn burst(variables: &[(&str, &str)], method: Method, after: impl Fn(u32) -> Vec<u8>) -> bool {
    let (_server, mut connection) = opened(variables);
    let streams = (0..40).map(|nth| 2 * nth + 1);
    let bytes: Vec<u8> =
        streams.flat_map(|id| [request(id, method, "/api/upload"), after(id)].concat()).collect();
    connection.send(&bytes);
    connection.lives()
}

#[test]
fn streams_that_are_reset_at_once_are_counted() {
    let reset = |id| frame(RST_STREAM, 0, id, &8u32.to_be_bytes());
    assert!(burst(&[("HS_H2_MAX_PENDING_RESETS", "100")], Method::Get, reset));
    assert!(!burst(&[("HS_H2_MAX_PENDING_RESETS", "5")], Method::Get, reset));
}

#[test]
fn streams_that_the_client_makes_the_server_reset_are_counted() {
    // A window above 2^31-1 is an error of its stream (RFC 9113 §6.9.1).
    let overflow = |id| frame(WINDOW_UPDATE, 0, id, &0x7FFF_FFFFu32.to_be_bytes());
    assert!(burst(&[("HS_H2_MAX_LOCAL_RESETS", "100")], Method::PostWithoutEnd, overflow));
    assert!(!burst(&[("HS_H2_MAX_LOCAL_RESETS", "5")], Method::PostWithoutEnd, overflow));
}

#[test]
fn control_frames_are_counted() {
    let survives = |most| {
        let (_server, mut connection) = opened(&[("HS_H2_MAX_CONTROL_FRAMES", most)]);
        connection.send(&frame(PING, 0, 0, b"01234567").repeat(500));
        connection.lives()
    };
    assert!(survives("100"));
    assert!(!survives("10"));
}

#[test]
fn silent_clients_are_asked_and_let_go() {
    let (_server, mut connection) =
        opened(&[("HS_H2_PING_INTERVAL", "200ms"), ("HS_H2_PING_TIMEOUT", "300ms")]);
    assert!(connection.find(|frame| frame.kind == PING && frame.flags != ACK).is_some());
    assert!(connection.ends_within(Duration::from_secs(5)));
    let (_server, mut patient) = opened(&[("HS_H2_PING_INTERVAL", "200ms"), ("HS_H2_PING_TIMEOUT", "20s")]);
    assert!(!patient.ends_within(Duration::from_millis(1200)));
    let (_server, mut unasked) = opened(&[("HS_H2_PING_INTERVAL", "off")]);
    assert!(unasked.lives() && !unasked.ends_within(Duration::from_millis(600)));
}

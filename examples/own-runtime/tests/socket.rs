//! The example answers, and Ctrl+C ends it.

#[path = "../../running.rs"]
mod running;

use running::{Running, answer, ask};

#[test]
fn it_answers_and_stops() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-own-runtime"), &[]);
    let stream = example.connect();
    ask(&stream, "/");
    assert!(answer(&stream).ends_with("\r\n\r\nHello from your own runtime\n"));
    example.interrupt();
    assert_eq!(example.end(), "stopped; 0 connections were cut");
}

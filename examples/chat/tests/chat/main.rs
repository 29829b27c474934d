//! The chat on one machine and on two, with a WebSocket client that is not ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod one;
#[path = "../../../../crates/ws/tests/redis_server/mod.rs"]
mod redis_server;
#[path = "../../../running.rs"]
mod running;
mod two;
mod visitor;

const PROGRAM: &str = env!("CARGO_BIN_EXE_example-chat");

#[test]
fn the_example_is_as_short_as_it_is_said_to_be() {
    let lines = include_str!("../../src/main.rs").lines().count();
    assert!(lines <= 90, "{lines} lines");
}

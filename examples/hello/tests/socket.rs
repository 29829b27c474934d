//! The example answers, Ctrl+C ends it, and it is as short as it is said to be.

#[path = "../../running.rs"]
mod running;

use running::Running;

#[test]
fn it_greets_and_stops() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-hello"), &[]);
    assert_eq!(example.send(&["GET /"], "").text(), "Hello, World!\n");
    assert_eq!(example.send(&["GET /hello/caf%C3%A9"], "").text(), "Hello, café!\n");
    assert_eq!(example.send(&["GET /nothing"], "").status, 404);
    assert_eq!(example.send(&["POST /"], "").status, 405);
    example.interrupt();
    example.end();
}

#[test]
fn it_is_under_15_lines() {
    assert!(include_str!("../src/main.rs").lines().count() < 15);
}

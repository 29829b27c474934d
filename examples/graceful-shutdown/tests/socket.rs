//! Both kinds of running request are answered after Ctrl+C.

#[path = "../../running.rs"]
mod running;

use std::time::Duration;

use running::{Running, answer, ask};

#[test]
fn what_runs_is_answered() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-graceful-shutdown"), &[]);
    let (slow, waiting) = (example.connect(), example.connect());
    ask(&slow, "/slow");
    ask(&waiting, "/wait");
    std::thread::sleep(Duration::from_millis(300));
    example.interrupt();
    assert!(answer(&waiting).ends_with("the server stops\n"));
    assert!(answer(&slow).ends_with("done\n"));
    assert_eq!(example.end(), "stopped; 0 connections were cut");
}

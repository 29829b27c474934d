//! Holds what the compiler says when a handler or a router is not as it must be. After a wanted change of a message:
//! `TRYBUILD=overwrite cargo test -p hyperserve-router --test ui`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

/// The compiler whose wording the files hold; another one says the same in other words.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn messages() {
    let version = std::process::Command::new("rustc").arg("--version").output().unwrap().stdout;
    if !version.starts_with(COMPILER.as_bytes()) {
        println!("skipped: the messages are those of {COMPILER}x");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

//! The `hyperserve` command as its users meet it: a process, real sockets, exit codes, sentences.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod arguments;
#[allow(dead_code, reason = "each suite uses its part of the harness")]
#[path = "../harness/client.rs"]
mod client;
mod https;
#[allow(dead_code, reason = "each suite uses its part of the harness")]
#[path = "../harness/process.rs"]
mod process;
mod proxies;
mod serving;
mod settings;
mod site;
mod stopping;
#[allow(dead_code, reason = "each suite uses its part of the harness")]
#[path = "../harness/tls_client.rs"]
mod tls_client;

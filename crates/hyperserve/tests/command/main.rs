//! The `hyperserve` command as its users meet it: a process, real sockets, exit codes, sentences.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod arguments;
mod client;
mod https;
mod process;
mod proxies;
mod serving;
mod stopping;
mod tls_client;

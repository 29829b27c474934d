//! Every key of the configuration changes what a server does: each is set, and what follows is looked at from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod addresses;
mod certificate;
#[allow(dead_code, reason = "each suite uses its part of the harness")]
#[path = "../harness/client.rs"]
mod client;
mod coverage;
mod documentation;
mod frames;
mod health;
mod http2;
mod https;
mod limits;
#[allow(dead_code, reason = "each suite uses its part of the harness")]
#[path = "../harness/process.rs"]
mod process;
mod proxies;
mod sockets;
mod stack;
mod start;
#[allow(dead_code, reason = "each suite uses its part of the harness")]
#[path = "../harness/tls_client.rs"]
mod tls_client;
mod websocket;
mod workers;

//! Rooms over real sockets in memory: who sits where, what reaches whom, and what becomes of those who do not read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a panic is how a test fails")]

mod bounds;
#[cfg(feature = "json")]
mod bus;
mod events;
#[cfg(feature = "json")]
mod joined;
mod member;
mod rooms;
mod slow;

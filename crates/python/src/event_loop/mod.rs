//! The event loop: asyncio's, with its queue, its timers and its waiting in Rust.
//!
//! `hyperserve.Loop` is `asyncio.SelectorEventLoop` with [`LoopCore`] in front: sockets, subprocesses, signals and
//! executors stay CPython's; what runs for every callback is here, on the tokio runtime that serves the connections too.
//!
//! One round ([`turn`]) is asyncio's `_run_once`: timers that are due, events of Python's selector, then exactly the
//! callbacks that were ready when it began.

mod core;
mod guest;
mod handle;
mod queue;
mod shared;
mod timers;
mod turn;

pub(crate) use self::core::LoopCore;
pub(crate) use self::guest::Guest;
pub(crate) use self::handle::{Handle, TimerHandle};
pub(crate) use self::queue::ReadyQueue;
pub(crate) use self::shared::capture;

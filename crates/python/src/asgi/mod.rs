//! ASGI 3 over HTTP: from a request of the server to the application and back.
//!
//! One code path: [`Application`] is the service that the server calls; its future ([`answer`]) makes the scope, runs the
//! first step of the application's coroutine within its own poll, and, for nearly all handlers, has the whole response when
//! that step ends. Otherwise the coroutine goes on as an asyncio task, and [`Cycle`], which is `receive` and `send` to the
//! application, wakes the future. A request that asks for a WebSocket goes the way of [`crate::websocket`].

mod answer;
mod application;
mod awaitable;
mod bridge;
mod cycle;
mod denial;
mod departure;
mod exchange;
mod finish;
mod incoming;
mod known;
mod message;
mod outgoing;
mod response;
mod scope;
mod tls;

pub(crate) use self::application::{Answer, Application};
pub(crate) use self::awaitable::{Done, Waiting, Wish, nothing, raised, resolve};
pub(crate) use self::bridge::{Admission, Bridge, Settings};
pub(crate) use self::cycle::Cycle;
pub(crate) use self::denial::Denial;
pub(crate) use self::departure::{Disconnected, comes_of_leaving};
pub(crate) use self::scope::{Template, of_websocket as websocket_scope};

//! One connection, from the socket to the service.

mod addresses;
mod batch;
mod body;
mod clock;
#[cfg(feature = "http2")]
mod deadline;
mod deadlined;
mod detect;
mod drive;
mod exchange;
mod http1;
#[cfg(feature = "http2")]
mod http2;
mod link;
mod output;
#[cfg(feature = "http2")]
mod pace;
mod proxy;
mod rate;
mod rewind;
mod scope;
mod socket;
mod stall;
mod sweep;
mod timers;
mod transport;
mod windows;

pub(crate) use self::addresses::Addresses;
pub use self::batch::Batching;
pub(crate) use self::batch::flush_batch_if_old;
pub(crate) use self::body::ServedBody;
pub(crate) use self::clock::{now, precise};
#[cfg(feature = "http2")]
pub(crate) use self::deadline::Deadline;
pub(crate) use self::drive::{Manners, serve_socket, serve_stream};
pub(crate) use self::exchange::{Asked, Exchange, Kind};
pub(crate) use self::link::{BodyState, Link};
#[cfg(feature = "http2")]
pub(crate) use self::pace::{Pace, current as current_pace, within};
pub(crate) use self::rate::Rate;
pub(crate) use self::scope::{Drain, Scope};
pub(crate) use self::socket::Socket;
pub(crate) use self::timers::{Side, Timers};

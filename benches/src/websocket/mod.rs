//! The client's half of WebSocket as load programs need it: frames made beforehand, answers compared with what they
//! must be. Nothing here is part of the server, so a fault of its codec cannot hide itself.

mod check;
mod compress;
mod frame;
mod open;
mod payload;
mod script;

pub use check::Check;
pub use compress::{Deflate, Inflator};
pub use frame::{BINARY, Frame, PING, PONG, TEXT, masked, parse, unmasked};
pub use open::{Target, open_all};
pub use payload::Payload;
pub use script::Script;

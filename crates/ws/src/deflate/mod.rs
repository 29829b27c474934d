//! `permessage-deflate` (RFC 7692): what two ends agree on, and the two directions of it.
//!
//! Without context takeover, which is the default, nothing is kept between messages: sockets share one compressor and
//! one inflater a thread, and a socket that is silent has neither.

mod deflater;
mod extensions;
mod fixed;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod inflater;
mod negotiation;
mod parameters;
mod stored;

pub(crate) use deflater::Deflater;
pub(crate) use inflater::{InflateError, Inflater};
pub(crate) use negotiation::{Agreed, accept};
#[cfg(feature = "client")]
pub(crate) use negotiation::{confirm, offer};

/// What a sync flush ends with, and what senders leave out: length and its complement of an empty stored block
/// (RFC 7692 §7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

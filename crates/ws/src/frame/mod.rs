//! Frames: their heads and masks (RFC 6455 §5).

mod head;
mod mask;

pub(crate) use self::head::{Head, MAX_CONTROL, MAX_HEAD, Opcode};
pub(crate) use self::mask::Mask;

//! HTTP/2: limits, floods, stalls and the request rules that h2 leaves to its users.

mod body;
mod check;
mod frames;
mod service;
mod stream;

pub(crate) use self::frames::{FrameWatch, Watched};
pub(crate) use self::service::Http2Service;
pub(crate) use self::stream::StreamExecutor;

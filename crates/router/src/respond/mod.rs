//! Responses: values that handlers answer with.

mod html;
mod redirect;
#[cfg(feature = "sse")]
mod sse;

pub use self::html::Html;
pub use self::redirect::Redirect;
#[cfg(feature = "sse")]
pub use self::sse::{Event, KeepAlive, Sse};

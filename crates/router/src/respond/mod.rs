//! Responses: values that handlers answer with.

#[cfg(feature = "file")]
mod file;
mod html;
mod redirect;
#[cfg(feature = "sse")]
mod sse;

#[cfg(feature = "file")]
pub use self::file::File;
pub use self::html::Html;
pub use self::redirect::Redirect;
#[cfg(feature = "sse")]
pub use self::sse::{Event, KeepAlive, Sse};

//! HTTP/1: a strict guard in front of hyper, and the service that hyper calls.

mod bytes;
mod chunked;
mod fault;
mod fields;
mod guard;
mod host;
mod known;
mod request_line;
mod scan;
mod service;

pub(crate) use self::bytes::is_token;
pub(crate) use self::fault::Fault;
pub(crate) use self::guard::Guard;
#[cfg(feature = "http2")]
pub(crate) use self::host::{is_valid as is_valid_host, same_authority};
pub(crate) use self::request_line::MAX_METHOD;
pub(crate) use self::scan::Rules;
pub(crate) use self::service::Http1Service;

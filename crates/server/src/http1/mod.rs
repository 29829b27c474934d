//! HTTP/1: a strict guard in front of hyper, and the service that hyper calls.

mod bytes;
mod chunked;
mod chunked_body;
mod fault;
mod fields;
mod guard;
mod hints;
mod known;
mod request_line;
mod scan;
mod service;

pub(crate) use self::bytes::is_token;
pub(crate) use self::fault::Fault;
pub(crate) use self::guard::Guard;
pub(crate) use self::hints::Hints;
pub(crate) use self::scan::{MAX_METHOD, Rules};
pub(crate) use self::service::Http1Service;

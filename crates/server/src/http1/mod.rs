//! HTTP/1: a strict guard in front of hyper, and the service that hyper calls.

mod chunked;
mod fault;
mod guard;
mod host;
mod scan;
mod service;

pub(crate) use self::fault::Fault;
pub(crate) use self::guard::Guard;
pub(crate) use self::host::{is_valid as is_valid_host, same_authority};
pub(crate) use self::scan::{MAX_METHOD, Rules, is_token};
pub(crate) use self::service::Http1Service;

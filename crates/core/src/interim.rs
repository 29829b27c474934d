//! Responses before the response.

use http::HeaderMap;
use std::fmt;

/// Sends interim responses on one connection (RFC 9110 §15.2). A server puts it into the
/// [`RequestContext`](crate::RequestContext) of requests whose protocol has them.
pub trait Interim: fmt::Debug + Send + Sync {
    /// Sends 103 (Early Hints, RFC 8297) with these fields, before the response of the request under way.
    ///
    /// False if it cannot be sent: the client speaks HTTP/1.0, or the response has begun.
    fn early_hints(&self, fields: &HeaderMap) -> bool;
}

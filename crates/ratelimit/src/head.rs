//! [`RequestHead`]: what rules see of a request.

use std::net::IpAddr;

use http::{Extensions, HeaderMap, Method, Request, Uri, Version};
use hyperserve_core::{ClientIp, RequestContext};

/// A request without its body, whatever that is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a Method,
    /// The target.
    pub uri: &'a Uri,
    /// The version of HTTP.
    pub version: Version,
    /// The header fields.
    pub headers: &'a HeaderMap,
    /// What layers and the server have attached.
    pub extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    /// The head of this request.
    pub fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }

    /// The surroundings of the request, if a server of ours has set them.
    #[must_use]
    pub fn context(&self) -> Option<&'a RequestContext> {
        RequestContext::of(self.extensions)
    }

    /// The client's address, as far as trusted proxies can be believed. `None` on a Unix socket and in process.
    #[must_use]
    pub fn client_ip(&self) -> Option<IpAddr> {
        let context = self.context()?;
        ClientIp::resolve(self.headers, context.conn(), context.trusted()).ip()
    }

    /// The pattern of the route that answers the request, once a router has found it.
    #[must_use]
    pub fn route(&self) -> Option<&'a str> {
        Some(self.context()?.route()?.pattern())
    }
}

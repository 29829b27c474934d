//! [`Asked`]: the fields of a span that a request says.

use std::cell::OnceCell;
use std::net::IpAddr;

use http::header::USER_AGENT;
use http::{Extensions, Method, Version};
use hyperserve_core::{ClientIp, Request, RequestContext};
use tracing::field::{DisplayValue, display};

use super::layer::Config;

pub(super) struct Asked<'a, B> {
    request: &'a Request<B>,
    config: &'a Config,
    client: OnceCell<Option<ClientIp>>,
}

impl<'a, B> Asked<'a, B> {
    pub(super) const fn new(request: &'a Request<B>, config: &'a Config) -> Self {
        Self { request, config, client: OnceCell::new() }
    }

    /// As OpenTelemetry names a server's span: method and route, without what makes each request another.
    pub(super) fn otel_name(&self) -> Option<String> {
        self.config.otel.then(|| {
            // A method that nobody knows is `HTTP` there.
            let method = if self.original_method().is_some() { "HTTP" } else { self.method() };
            self.route().map_or_else(|| method.to_owned(), |route| format!("{method} {route}"))
        })
    }

    pub(super) fn otel_kind(&self) -> Option<&'static str> {
        self.config.otel.then_some("server")
    }

    pub(super) fn method(&self) -> &'a str {
        let method = self.request.method();
        if is_known(method) { method.as_str() } else { "_OTHER" }
    }

    pub(super) fn original_method(&self) -> Option<&'a str> {
        let method = self.request.method();
        (!is_known(method)).then(|| method.as_str())
    }

    pub(super) fn route(&self) -> Option<&'a str> {
        self.context()?.route().map(|route| route.pattern())
    }

    pub(super) fn scheme(&self) -> Option<&str> {
        let own = || self.request.uri().scheme_str();
        self.client().map(ClientIp::scheme).or_else(own)
    }

    /// What the client sent, also where a layer before routing has changed it.
    pub(super) fn path(&self) -> &'a str {
        self.uri().path()
    }

    pub(super) fn query(&self) -> Option<String> {
        if self.config.query.is_empty() {
            return None;
        }
        let pairs = self.uri().query()?.split('&').filter(|pair| self.wants(pair));
        Some(pairs.collect::<Vec<_>>().join("&")).filter(|query| !query.is_empty())
    }

    /// Names are compared as they stand there, so that none is taken for another.
    fn wants(&self, pair: &str) -> bool {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        self.config.query.iter().any(|wanted| **wanted == *name)
    }

    pub(super) fn protocol_version(&self) -> Option<&'static str> {
        match self.request.version() {
            Version::HTTP_10 => Some("1.0"),
            Version::HTTP_11 => Some("1.1"),
            Version::HTTP_2 => Some("2"),
            Version::HTTP_3 => Some("3"),
            _ => None,
        }
    }

    pub(super) fn client_address(&self) -> Option<DisplayValue<IpAddr>> {
        self.client()?.ip().map(display)
    }

    pub(super) fn user_agent(&self) -> Option<&'a str> {
        let agent = self.config.user_agent.then(|| self.request.headers().get(USER_AGENT))?;
        agent?.to_str().ok()
    }

    #[cfg(feature = "request-id")]
    pub(super) fn request_id(&self) -> Option<&'a str> {
        crate::request_id::RequestId::of(self.request.extensions()).map(|id| id.as_str())
    }

    #[cfg(not(feature = "request-id"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) const fn request_id(&self) -> Option<&'a str> {
        None
    }

    pub(super) fn trace_id(&self) -> Option<Id> {
        self.trace().0
    }

    pub(super) fn span_id(&self) -> Option<Id> {
        self.trace().1
    }

    /// Who is called at the start may change it, so it is recorded behind.
    fn trace(&self) -> (Option<Id>, Option<Id>) {
        if self.config.on_start.is_some() { (None, None) } else { trace_of(self.request.extensions()) }
    }

    fn context(&self) -> Option<&'a RequestContext> {
        RequestContext::of(self.request.extensions())
    }

    fn uri(&self) -> &'a http::Uri {
        let original = self.context().and_then(RequestContext::original_uri);
        original.unwrap_or_else(|| self.request.uri())
    }

    fn client(&self) -> Option<&ClientIp> {
        let find = |context: &RequestContext| {
            ClientIp::resolve(self.request.headers(), context.conn(), context.trusted())
        };
        self.client.get_or_init(|| self.context().map(find)).as_ref()
    }
}

/// The methods of RFC 9110 §9.3, PATCH (RFC 5789) and QUERY.
fn is_known(method: &Method) -> bool {
    let further = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];
    further.contains(&method.as_str())
}

/// The id of a trace or of a span, shown without quotes.
type Id = DisplayValue<String>;

/// The trace and the span of a request.
#[cfg(feature = "trace-context")]
pub(super) fn trace_of(extensions: &Extensions) -> (Option<Id>, Option<Id>) {
    let context = crate::trace_context::TraceContext::of(extensions);
    let trace = context.map(|context| display(context.trace_id().to_string()));
    (trace, context.map(|context| display(context.span_id().to_string())))
}

#[cfg(not(feature = "trace-context"))]
pub(super) const fn trace_of(_extensions: &Extensions) -> (Option<Id>, Option<Id>) {
    (None, None)
}

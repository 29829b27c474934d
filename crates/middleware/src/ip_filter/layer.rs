//! [`IpFilterLayer`] and its service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::StatusCode;
use hyperserve_core::{Body, IntoResponse as _, Problem, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::rules::Client;
use super::{IpFilter, IpFilterFuture, IpRules, IpSource};
use crate::Paths;

/// Refuses with 403 whom the [rules](IpRules) do not allow.
#[derive(Clone, Debug)]
#[must_use]
pub struct IpFilterLayer {
    filter: IpFilter,
    source: IpSource,
    exempt: Arc<Paths>,
}

impl IpFilterLayer {
    /// A layer with these rules.
    pub fn new(rules: IpRules) -> Self {
        Self { filter: IpFilter::new(rules), source: IpSource::default(), exempt: Arc::default() }
    }

    /// Sets whose address is meant: the client's by default.
    pub const fn with_source(mut self, source: IpSource) -> Self {
        self.source = source;
        self
    }

    /// Sets paths that are open to everybody.
    pub fn with_exempt(mut self, paths: Paths) -> Self {
        self.exempt = Arc::new(paths);
        self
    }

    /// The handle that replaces the rules while the server runs.
    #[must_use]
    pub fn handle(&self) -> IpFilter {
        self.filter.clone()
    }
}

impl<S> Layer<S> for IpFilterLayer {
    type Service = IpFilterService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        IpFilterService { inner, layer: self.clone() }
    }
}

/// The service that [`IpFilterLayer`] makes.
#[derive(Clone, Debug)]
pub struct IpFilterService<S> {
    inner: S,
    layer: IpFilterLayer,
}

impl<S> IpFilterService<S> {
    fn permits<B>(&self, request: &Request<B>) -> bool {
        let client = Client::of(request, self.layer.source);
        self.layer.filter.with(|rules| rules.permits(&client))
            || self.layer.exempt.matches(request.uri().path())
    }
}

impl<S, B> Service<Request<B>> for IpFilterService<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = IpFilterFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if self.permits(&request) {
            return IpFilterFuture::inner(self.inner.call(request));
        }
        let problem =
            Problem::new(StatusCode::FORBIDDEN).with_detail("Requests from this address are not answered.");
        IpFilterFuture::answered(problem.into_response())
    }
}

#[cfg(test)]
mod tests {
    use hyperserve_core::{ConnInfo, PeerAddr, RequestContext};

    use super::*;
    use crate::exchange::exchange;

    fn layer() -> IpFilterLayer {
        IpFilterLayer::new(IpRules::try_new(["192.0.2.0/24"], ["192.0.2.66"]).unwrap())
    }

    /// A request of `peer` that says it was forwarded for somebody; peers of 10.0.0.0/8 are trusted proxies.
    fn request(peer: PeerAddr, forwarded: Option<&str>) -> Request {
        let context = RequestContext::new(Arc::new(ConnInfo::new(peer, PeerAddr::Unknown)))
            .with_trusted(Arc::new("10.0.0.0/8".parse().unwrap()));
        let mut request = Request::new(Body::empty());
        if let Some(forwarded) = forwarded {
            request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        request.extensions_mut().insert(context);
        request
    }

    fn tcp(ip: &str) -> PeerAddr {
        PeerAddr::Tcp(std::net::SocketAddr::new(ip.parse().unwrap(), 4000))
    }

    async fn status(layer: &IpFilterLayer, request: Request) -> u16 {
        let (seen, answer) = exchange(layer.clone(), request, Response::new(Body::empty())).await;
        assert_eq!(seen.is_some(), answer.status() == 200);
        answer.status().as_u16()
    }

    #[tokio::test]
    async fn the_client_is_whom_trusted_proxies_name() {
        for (peer, forwarded, expected) in [
            ("192.0.2.1", None, 200),
            ("::ffff:192.0.2.1", None, 200),
            ("192.0.2.66", None, 403),
            ("198.51.100.1", None, 403),
            ("198.51.100.1", Some("192.0.2.1"), 403),
            ("10.0.0.1", Some("192.0.2.1"), 200),
            ("10.0.0.1", Some("192.0.2.1, 192.0.2.66"), 403),
        ] {
            assert_eq!(
                status(&layer(), request(tcp(peer), forwarded)).await,
                expected,
                "{peer} {forwarded:?}"
            );
        }
    }

    #[tokio::test]
    async fn the_peer_is_who_connected() {
        let layer =
            IpFilterLayer::new(IpRules::try_new(["10.0.0.1"], []).unwrap()).with_source(IpSource::Peer);
        assert_eq!(status(&layer, request(tcp("10.0.0.1"), Some("192.0.2.1"))).await, 200);
        assert_eq!(status(&layer, request(tcp("10.0.0.2"), Some("10.0.0.1"))).await, 403);
    }

    #[tokio::test]
    async fn who_has_no_address_is_not_on_an_allow_list() {
        assert_eq!(status(&layer(), Request::new(Body::empty())).await, 403);
        assert_eq!(status(&layer(), request(PeerAddr::Unix(None), None)).await, 403);
        let unix = IpFilterLayer::new(IpRules::try_new(["unix"], []).unwrap());
        assert_eq!(status(&unix, request(PeerAddr::Unix(None), None)).await, 200);
    }

    #[tokio::test]
    async fn new_rules_hold_for_services_that_are_there_already() {
        let layer = layer();
        layer.handle().replace(IpRules::try_new([], ["192.0.2.0/24"]).unwrap());
        assert_eq!(status(&layer, request(tcp("192.0.2.1"), None)).await, 403);
        assert_eq!(status(&layer, request(tcp("198.51.100.1"), None)).await, 200);
        assert_eq!(*layer.handle().rules(), IpRules::try_new([], ["192.0.2.0/24"]).unwrap());
    }

    #[tokio::test]
    async fn exempt_paths_are_open() {
        let layer = layer().with_exempt("/livez".parse().unwrap());
        let mut probe = request(tcp("198.51.100.1"), None);
        *probe.uri_mut() = "/livez".parse().unwrap();
        assert_eq!(status(&layer, probe).await, 200);
    }
}

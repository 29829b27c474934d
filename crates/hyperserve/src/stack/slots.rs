//! The places of a [`Stack`], listed once.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperserve_core::{Request, Response};
use hyperserve_middleware::access_log::AccessLogLayer;
use hyperserve_middleware::cache::CacheLayer;
use hyperserve_middleware::compression::CompressionLayer;
use hyperserve_middleware::cors::CorsLayer;
use hyperserve_middleware::csrf::CsrfLayer;
use hyperserve_middleware::decompression::DecompressionLayer;
use hyperserve_middleware::error_pages::ErrorPagesLayer;
use hyperserve_middleware::health::{DeferredLayer, HealthLayer};
use hyperserve_middleware::https_redirect::HttpsRedirectLayer;
use hyperserve_middleware::ip_filter::IpFilterLayer;
use hyperserve_middleware::limits::{BodyLimitLayer, ConcurrencyLimitLayer};
use hyperserve_middleware::metrics::MetricsLayer;
use hyperserve_middleware::recovery::RecoveryLayer;
use hyperserve_middleware::request_id::RequestIdLayer;
use hyperserve_middleware::security_headers::SecurityHeadersLayer;
use hyperserve_middleware::timeout::TimeoutLayer;
use hyperserve_middleware::trace::TraceLayer;
use hyperserve_middleware::trace_context::TraceContextLayer;
use hyperserve_middleware::trusted_hosts::TrustedHostsLayer;
use hyperserve_ratelimit::{Gate, RateLimitLayer};
use hyperserve_server::App;
use hyperserve_static::StaticMounts;
use tower_layer::Layer;
use tower_service::Service;

use super::link::{Answer, Link};

/// Makes the stack from its places, named from the inside out.
macro_rules! places {
    ($($place:ident: $layer:ty, $with:ident, $without:ident;)*) => {
        /// Layers in the order that they need, each of which may be missing. The [module](crate::stack) has the table.
        #[derive(Clone, Debug, Default)]
        #[must_use = "a stack does nothing until it is put round a service"]
        pub struct Stack {
            $(pub(crate) $place: Option<$layer>,)*
        }

        impl Stack {
            $(
                #[doc = concat!("Fills the place `", stringify!($place), "`, whatever was in it.")]
                pub fn $with(mut self, layer: $layer) -> Self {
                    self.$place = Some(layer);
                    self
                }

                #[doc = concat!("Empties the place `", stringify!($place), "`.")]
                pub fn $without(mut self) -> Self {
                    self.$place = None;
                    self
                }
            )*

            /// Whether no place has a layer.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                true $(&& self.$place.is_none())*
            }

            /// The places that have a layer, from the outside.
            #[must_use]
            pub fn names(&self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if self.$place.is_some() { names.push(stringify!($place)); })*
                names.reverse();
                names
            }
        }

        /// From the inside.
        #[cfg(test)]
        const PLACES: &[&str] = &[$(stringify!($place)),*];

        impl<S: App + Sync> Layer<S> for Stack {
            type Service = Stacked;

            fn layer(&self, inner: S) -> Stacked {
                let link = Link::new(inner);
                $(let link = match &self.$place {
                    Some(layer) => Link::new(layer.layer(link)),
                    None => link,
                };)*
                Stacked { link }
            }
        }
    };
}

impl Stack {
    /// The gate of the rate limit, if there is one: for its counters.
    #[must_use]
    pub fn gate(&self) -> Option<&Gate> {
        self.rate_limit.as_ref().map(RateLimitLayer::gate)
    }
}

/// A service within a [`Stack`].
#[derive(Clone, Debug)]
#[must_use = "a service does nothing until it is called"]
pub struct Stacked {
    link: Link,
}

impl Service<Request> for Stacked {
    type Response = Response;
    type Error = Infallible;
    type Future = StackedFuture;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.link.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> StackedFuture {
        StackedFuture { answer: self.link.call(request) }
    }
}

/// The answer of a [`Stacked`] service to one request.
#[must_use = "futures do nothing unless polled"]
pub struct StackedFuture {
    answer: Answer,
}

impl Future for StackedFuture {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.answer.as_mut().poll(cx)
    }
}

impl fmt::Debug for StackedFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackedFuture").finish_non_exhaustive()
    }
}

places! {
    static_files: StaticMounts, with_static_files, without_static_files;
    body_limit: BodyLimitLayer, with_body_limit, without_body_limit;
    decompression: DecompressionLayer, with_decompression, without_decompression;
    timeout: TimeoutLayer, with_timeout, without_timeout;
    error_pages: ErrorPagesLayer, with_error_pages, without_error_pages;
    compression: CompressionLayer, with_compression, without_compression;
    cache: CacheLayer, with_cache, without_cache;
    csrf: CsrfLayer, with_csrf, without_csrf;
    concurrency: ConcurrencyLimitLayer, with_concurrency, without_concurrency;
    rate_limit: RateLimitLayer, with_rate_limit, without_rate_limit;
    cors: CorsLayer, with_cors, without_cors;
    https_redirect: HttpsRedirectLayer, with_https_redirect, without_https_redirect;
    trusted_hosts: TrustedHostsLayer, with_trusted_hosts, without_trusted_hosts;
    ip_filter: IpFilterLayer, with_ip_filter, without_ip_filter;
    deferred: DeferredLayer, with_deferred, without_deferred;
    recovery: RecoveryLayer, with_recovery, without_recovery;
    security_headers: SecurityHeadersLayer, with_security_headers, without_security_headers;
    metrics: MetricsLayer, with_metrics, without_metrics;
    trace: TraceLayer, with_trace, without_trace;
    access_log: AccessLogLayer, with_access_log, without_access_log;
    request_id: RequestIdLayer, with_request_id, without_request_id;
    trace_context: TraceContextLayer, with_trace_context, without_trace_context;
    health: HealthLayer, with_health, without_health;
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use hyperserve_core::Body;
    use hyperserve_middleware::compression::CompressionConfig;
    use hyperserve_middleware::decompression::DecompressionConfig;
    use hyperserve_server::app_fn;

    use super::*;

    /// The places that a table names, a row each.
    fn rows<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
        let row = |line: &'a str| line.strip_prefix(before)?.split('`').next();
        text.lines().filter_map(row).filter(|name| PLACES.contains(name)).collect()
    }

    #[test]
    fn the_tables_have_the_places_in_their_order() {
        let places: Vec<_> = PLACES.iter().rev().copied().collect();
        assert_eq!(rows(include_str!("mod.rs"), "//! | `"), places);
        assert_eq!(rows(include_str!("../../../../docs/guide/layers.md"), "| `"), places);
    }

    #[test]
    fn error_pages_are_between_compression_and_what_judges_the_answer() {
        let stack = Stack::new()
            .with_body_limit(BodyLimitLayer::try_new(4).unwrap())
            .with_timeout(TimeoutLayer::new())
            .with_error_pages(ErrorPagesLayer::new())
            .with_compression(CompressionLayer::try_new(&CompressionConfig::default()).unwrap());
        assert_eq!(stack.names(), ["compression", "error_pages", "timeout", "body_limit"]);
        assert_eq!(stack.without_error_pages().names(), ["compression", "timeout", "body_limit"]);
    }

    /// What a service that answers with a bare status looks like to a client that shows pages.
    async fn answer(status: StatusCode, coding: &str, body: &'static str) -> Response {
        let stack = Stack::new()
            .with_compression(CompressionLayer::try_new(&CompressionConfig::default()).unwrap())
            .with_error_pages(ErrorPagesLayer::new())
            .with_decompression(DecompressionLayer::try_new(&DecompressionConfig::default()).unwrap())
            .with_body_limit(BodyLimitLayer::try_new(4).unwrap());
        // A closure within: it was this that a compiler took for ever for.
        let mut app = stack.layer(app_fn(move |_: Request| async move { status }));
        let request = Request::post("/").header("accept", "text/html").header("accept-encoding", "gzip");
        let request = request.header("content-encoding", coding).header("content-length", body.len());
        let Ok(response) = app.call(request.body(Body::from(body)).unwrap()).await;
        response
    }

    #[tokio::test]
    async fn errors_without_words_and_refusals_are_told_in_the_accepted_form() {
        for (status, coding, body, told) in [
            (StatusCode::NOT_FOUND, "identity", "", 404),
            (StatusCode::OK, "identity", "too long", 413),
            (StatusCode::OK, "nothing", "a", 415),
        ] {
            let response = answer(status, coding, body).await;
            assert_eq!(response.status().as_u16(), told);
            assert_eq!(response.headers()["vary"], "accept", "{told}");
            assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{told}");
            assert!(!response.headers().contains_key("content-encoding"), "a problem is sent as it is");
        }
        assert_eq!(answer(StatusCode::OK, "identity", "").await.headers().len(), 0);
    }
}

//! The places of a [`Stack`], listed once.

use hyperserve_middleware::access_log::AccessLogLayer;
use hyperserve_middleware::cache::CacheLayer;
use hyperserve_middleware::compression::CompressionLayer;
use hyperserve_middleware::cors::CorsLayer;
use hyperserve_middleware::csrf::CsrfLayer;
use hyperserve_middleware::decompression::DecompressionLayer;
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
use hyperserve_ratelimit::RateLimitLayer;
use tower_layer::Layer;

use super::Perhaps;

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

        impl<S> Layer<S> for Stack {
            type Service = Stacked<S>;

            fn layer(&self, inner: S) -> Stacked<S> {
                $(let inner = Perhaps::new(self.$place.as_ref(), inner);)*
                inner
            }
        }

        /// A service within a [`Stack`].
        pub type Stacked<S> = nest!(S; $($layer,)*);
    };
}

/// The service that all places together make of `$service`.
macro_rules! nest {
    ($service:ty;) => { $service };
    ($service:ty; $layer:ty, $($outer:ty,)*) => { nest!(Perhaps<$layer, $service>; $($outer,)*) };
}

places! {
    body_limit: BodyLimitLayer, with_body_limit, without_body_limit;
    decompression: DecompressionLayer, with_decompression, without_decompression;
    timeout: TimeoutLayer, with_timeout, without_timeout;
    compression: CompressionLayer, with_compression, without_compression;
    cache: CacheLayer, with_cache, without_cache;
    csrf: CsrfLayer, with_csrf, without_csrf;
    concurrency: ConcurrencyLimitLayer, with_concurrency, without_concurrency;
    rate_limit: RateLimitLayer, with_rate_limit, without_rate_limit;
    cors: CorsLayer, with_cors, without_cors;
    https_redirect: HttpsRedirectLayer, with_https_redirect, without_https_redirect;
    trusted_hosts: TrustedHostsLayer, with_trusted_hosts, without_trusted_hosts;
    ip_filter: IpFilterLayer, with_ip_filter, without_ip_filter;
    recovery: RecoveryLayer, with_recovery, without_recovery;
    security_headers: SecurityHeadersLayer, with_security_headers, without_security_headers;
    metrics: MetricsLayer, with_metrics, without_metrics;
    trace: TraceLayer, with_trace, without_trace;
    access_log: AccessLogLayer, with_access_log, without_access_log;
    request_id: RequestIdLayer, with_request_id, without_request_id;
    trace_context: TraceContextLayer, with_trace_context, without_trace_context;
}

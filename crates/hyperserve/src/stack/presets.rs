//! The stacks that have a name.

use hyperserve_middleware::compression::{CompressionConfig, CompressionLayer};
use hyperserve_middleware::csrf::CsrfLayer;
use hyperserve_middleware::decompression::{DecompressionConfig, DecompressionLayer};
use hyperserve_middleware::recovery::RecoveryLayer;
use hyperserve_middleware::request_id::RequestIdLayer;
use hyperserve_middleware::security_headers::SecurityHeaders;
use hyperserve_middleware::timeout::TimeoutLayer;
use hyperserve_middleware::trace_context::TraceContextLayer;
use hyperserve_ratelimit::{Gate, RateLimitLayer};

use super::Stack;

impl Stack {
    /// Without a layer.
    pub fn new() -> Self {
        Self::default()
    }

    /// `SecureWeb`: for pages that browsers show, with a policy that lets a page load what is of its own origin.
    pub fn secure_web() -> Self {
        Self {
            trace_context: Some(TraceContextLayer::new()),
            csrf: Some(CsrfLayer::new()),
            ..Self::public(&SecurityHeaders::web())
        }
    }

    /// `SecureApi`: for programs, with a policy that lets a browser do nothing with the answers; takes coded requests.
    pub fn secure_api() -> Self {
        Self {
            trace_context: Some(TraceContextLayer::new()),
            csrf: Some(CsrfLayer::new()),
            decompression: DecompressionLayer::try_new(&DecompressionConfig::default()).ok(),
            ..Self::public(&SecurityHeaders::api())
        }
    }

    /// `FileServer`: for files, downloads and sites without handlers.
    pub fn file_server() -> Self {
        Self::public(&SecurityHeaders::web())
    }

    /// What everything that faces the world has. Whatever is built here is built from defaults, which the tests hold.
    fn public(headers: &SecurityHeaders) -> Self {
        Self {
            request_id: Some(RequestIdLayer::new()),
            security_headers: headers.build().ok(),
            recovery: Some(RecoveryLayer::new()),
            rate_limit: Gate::try_new([]).ok().map(RateLimitLayer::new),
            compression: CompressionLayer::try_new(&CompressionConfig::default()).ok(),
            timeout: Some(TimeoutLayer::new()),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_stacks_have_all_their_layers() {
        let public = ["security_headers", "recovery", "rate_limit", "compression", "timeout"];
        let web = [
            "trace_context",
            "request_id",
            "security_headers",
            "recovery",
            "rate_limit",
            "csrf",
            "compression",
            "timeout",
        ];
        assert_eq!(Stack::secure_web().names(), web);
        assert_eq!(Stack::secure_api().names(), [&web[..], &["decompression"]].concat());
        assert_eq!(Stack::file_server().names(), [&["request_id"], &public[..]].concat());
        assert!(Stack::new().names().is_empty());
    }
}

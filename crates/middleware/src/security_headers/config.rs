//! [`SecurityHeaders`]: which headers, and what they say.

use super::policy::Policy;
use super::{
    Csp, EmbedderPolicy, Framing, Hsts, OpenerPolicy, PermissionsPolicy, ReferrerPolicy, ResourcePolicy,
    SecurityHeadersError, SecurityHeadersLayer,
};

/// Which headers are sent, and what they say. Begin with a preset; `None` leaves a header out.
///
/// ```
/// use hyperserve_middleware::security_headers::{Csp, Framing, SecurityHeaders};
///
/// let layer = SecurityHeaders::web()
///     .with_csp(Csp::web().with_web_workers())
///     .with_framing(Framing::SameOrigin)
///     .with_hsts(None)
///     .build()?;
/// # Ok::<(), hyperserve_middleware::security_headers::SecurityHeadersError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct SecurityHeaders {
    pub(super) csp: Option<Csp>,
    pub(super) csp_report_only: Option<Csp>,
    pub(super) hsts: Option<Hsts>,
    pub(super) nosniff: bool,
    pub(super) framing: Framing,
    pub(super) referrer: Option<ReferrerPolicy>,
    pub(super) permissions: Option<PermissionsPolicy>,
    pub(super) opener: Option<OpenerPolicy>,
    pub(super) embedder: Option<EmbedderPolicy>,
    pub(super) resource: Option<ResourcePolicy>,
    pub(super) endpoints: Vec<(String, String)>,
    pub(super) others: Vec<(String, String)>,
    pub(super) server_hidden: bool,
}

impl SecurityHeaders {
    /// Nothing at all, to begin with.
    pub const fn none() -> Self {
        Self {
            csp: None,
            csp_report_only: None,
            hsts: None,
            nosniff: false,
            framing: Framing::Any,
            referrer: None,
            permissions: None,
            opener: None,
            embedder: None,
            resource: None,
            endpoints: Vec::new(),
            others: Vec::new(),
            server_hidden: false,
        }
    }

    /// For pages: the table of the [module](super).
    pub fn web() -> Self {
        Self {
            csp: Some(Csp::web()),
            referrer: Some(ReferrerPolicy::StrictOriginWhenCrossOrigin),
            permissions: Some(PermissionsPolicy::web()),
            opener: Some(OpenerPolicy::SameOrigin),
            ..Self::api()
        }
    }

    /// For what programs read: the table of the [module](super).
    pub fn api() -> Self {
        Self {
            csp: Some(Csp::api()),
            hsts: Some(Hsts::new()),
            nosniff: true,
            framing: Framing::Deny,
            referrer: Some(ReferrerPolicy::NoReferrer),
            resource: Some(ResourcePolicy::SameOrigin),
            server_hidden: true,
            ..Self::none()
        }
    }

    /// Sets `Content-Security-Policy`.
    pub fn with_csp(mut self, csp: impl Into<Option<Csp>>) -> Self {
        self.csp = csp.into();
        self
    }

    /// Sets `Content-Security-Policy-Report-Only`: a policy that is tried and not enforced. Browsers tell of it in their
    /// console, and to the endpoints that its `report-to` names.
    pub fn with_csp_report_only(mut self, csp: impl Into<Option<Csp>>) -> Self {
        self.csp_report_only = csp.into();
        self
    }

    /// Sets `Strict-Transport-Security`.
    pub fn with_hsts(mut self, hsts: impl Into<Option<Hsts>>) -> Self {
        self.hsts = hsts.into();
        self
    }

    /// Sets whether `X-Content-Type-Options: nosniff` is sent: what `Content-Type` says is not second-guessed.
    pub const fn with_nosniff(mut self, on: bool) -> Self {
        self.nosniff = on;
        self
    }

    /// Sets who may put a page into a frame.
    pub fn with_framing(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Sets `Referrer-Policy`.
    pub fn with_referrer(mut self, policy: impl Into<Option<ReferrerPolicy>>) -> Self {
        self.referrer = policy.into();
        self
    }

    /// Sets `Permissions-Policy`.
    pub fn with_permissions(mut self, policy: impl Into<Option<PermissionsPolicy>>) -> Self {
        self.permissions = policy.into();
        self
    }

    /// Sets `Cross-Origin-Opener-Policy`.
    pub fn with_opener(mut self, policy: impl Into<Option<OpenerPolicy>>) -> Self {
        self.opener = policy.into();
        self
    }

    /// Sets `Cross-Origin-Embedder-Policy`.
    pub fn with_embedder(mut self, policy: impl Into<Option<EmbedderPolicy>>) -> Self {
        self.embedder = policy.into();
        self
    }

    /// Sets `Cross-Origin-Resource-Policy`.
    pub fn with_resource(mut self, policy: impl Into<Option<ResourcePolicy>>) -> Self {
        self.resource = policy.into();
        self
    }

    /// Isolates pages from those of other origins, which `SharedArrayBuffer` needs: opener policy `same-origin`, embedder
    /// policy `require-corp`. What pages embed from elsewhere has to allow it.
    pub const fn with_cross_origin_isolation(mut self) -> Self {
        self.opener = Some(OpenerPolicy::SameOrigin);
        self.embedder = Some(EmbedderPolicy::RequireCorp);
        self
    }

    /// Adds an endpoint that reports go to, by the name that `report-to` uses (`Reporting-Endpoints`, W3C Reporting API).
    pub fn with_reporting_endpoint(mut self, name: impl Into<String>, url: impl Into<String>) -> Self {
        self.endpoints.push((name.into(), url.into()));
        self
    }

    /// Adds any other header.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.others.push((name.into(), value.into()));
        self
    }

    /// Sets whether `Server` and `X-Powered-By` of the service are taken away. What the server adds later is its own setting.
    pub const fn with_server_hidden(mut self, hidden: bool) -> Self {
        self.server_hidden = hidden;
        self
    }

    /// Makes the layer.
    ///
    /// # Errors
    ///
    /// A directive, source, feature, origin or header that browsers would ignore or take for something else.
    pub fn build(&self) -> Result<SecurityHeadersLayer, SecurityHeadersError> {
        Policy::new(self).map(SecurityHeadersLayer::new)
    }
}

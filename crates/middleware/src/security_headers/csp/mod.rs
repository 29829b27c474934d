//! [`Csp`]: what a page may load and do (Content Security Policy Level 3).

mod check;

use super::SecurityHeadersError;

/// This origin.
pub const SELF: &str = "'self'";
/// Nothing at all.
pub const NONE: &str = "'none'";
/// What has the [nonce](super::CspNonce) of this response.
pub const NONCE: &str = "'nonce'";
/// What trusted scripts load in turn.
pub const STRICT_DYNAMIC: &str = "'strict-dynamic'";
/// Scripts and styles in the page itself: gives up most of what a policy is for.
pub const UNSAFE_INLINE: &str = "'unsafe-inline'";
/// `eval` and the like.
pub const UNSAFE_EVAL: &str = "'unsafe-eval'";
/// WebAssembly, without `eval`.
pub const WASM_UNSAFE_EVAL: &str = "'wasm-unsafe-eval'";
/// `data:` URLs.
pub const DATA: &str = "data:";
/// `blob:` URLs.
pub const BLOB: &str = "blob:";

/// A content security policy: directives and what each allows.
///
/// Sources are written as in the header, keywords in their quotes: `'self'`, `https://cdn.example`, `data:`. `'nonce'` stands
/// for the nonce of each response.
///
/// ```
/// use hyperserve_middleware::security_headers::csp::{self, Csp};
///
/// let policy = Csp::web()
///     .with_script_src([csp::SELF, csp::NONCE])
///     .with_img_src([csp::SELF, csp::DATA, "https://images.example"])
///     .with_web_workers();
/// assert_eq!(
///     policy.to_string(),
///     "default-src 'self'; base-uri 'self'; form-action 'self'; object-src 'none'; \
///      script-src 'self' 'nonce'; img-src 'self' data: https://images.example; worker-src 'self' blob:"
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Csp {
    directives: Vec<(String, Vec<String>)>,
}

macro_rules! directives {
    ($($(#[$doc:meta])* $method:ident $name:literal;)+) => {
        /// Every directive that has a method of its own.
        const DIRECTIVES: &[&str] = &[$($name),+];

        /// One method a directive; what it says takes the place of what was said before.
        impl Csp {
            $(
                #[doc = concat!("Sets `", $name, "`.")]
                $(#[$doc])*
                pub fn $method<T: Into<String>>(self, values: impl IntoIterator<Item = T>) -> Self {
                    self.with_directive($name, values)
                }
            )+
        }
    };
}

directives! {
    /// It stands in for all `-src` directives that are not there.
    with_default_src "default-src";
    with_script_src "script-src";
    /// Script elements alone.
    with_script_src_elem "script-src-elem";
    /// Event handlers in attributes alone.
    with_script_src_attr "script-src-attr";
    with_style_src "style-src";
    /// Style elements and stylesheets alone.
    with_style_src_elem "style-src-elem";
    /// Style attributes alone.
    with_style_src_attr "style-src-attr";
    with_img_src "img-src";
    with_font_src "font-src";
    /// What scripts may connect to: `fetch`, WebSocket, EventSource, beacons.
    with_connect_src "connect-src";
    with_media_src "media-src";
    with_object_src "object-src";
    with_frame_src "frame-src";
    /// Frames and workers that have no directive of their own.
    with_child_src "child-src";
    /// Workers, shared workers and service workers; see [`with_web_workers`](Csp::with_web_workers).
    with_worker_src "worker-src";
    with_manifest_src "manifest-src";
    /// What `<base>` may name.
    with_base_uri "base-uri";
    /// Where forms may be sent.
    with_form_action "form-action";
    /// Who may put the page into a frame; see [`Framing`](super::Framing).
    with_frame_ancestors "frame-ancestors";
    /// As `<iframe sandbox>`: `allow-forms`, `allow-scripts`; nothing for all restrictions.
    with_sandbox "sandbox";
    /// The name of an endpoint of `Reporting-Endpoints`.
    with_report_to "report-to";
    /// URLs for browsers that do not know `report-to`.
    with_report_uri "report-uri";
    /// `'script'`: strings may not become scripts in the DOM.
    with_require_trusted_types_for "require-trusted-types-for";
    /// Names of Trusted Types policies.
    with_trusted_types "trusted-types";
    /// Takes no values. Plain HTTP is loaded over TLS instead, on `localhost` as well.
    with_upgrade_insecure_requests "upgrade-insecure-requests";
}

impl Csp {
    /// Allows everything: no directive yet.
    pub const fn new() -> Self {
        Self { directives: Vec::new() }
    }

    /// What [`SecurityHeaders::web`](super::SecurityHeaders::web) sends: all from this origin, no plug-ins, nothing inline.
    pub fn web() -> Self {
        let own = || [SELF];
        Self::new()
            .with_default_src(own())
            .with_base_uri(own())
            .with_form_action(own())
            .with_object_src([NONE])
    }

    /// What [`SecurityHeaders::api`](super::SecurityHeaders::api) sends: an answer shown as a page may do nothing.
    pub fn api() -> Self {
        Self::new().with_default_src([NONE])
    }

    /// Sets a directive by its name.
    pub fn with_directive<T: Into<String>>(
        mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let (name, values) = (name.into(), values.into_iter().map(Into::into).collect());
        match self.directives.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = values,
            None => self.directives.push((name, values)),
        }
        self
    }

    /// Takes a directive out.
    pub fn without(mut self, name: &str) -> Self {
        self.directives.retain(|(known, _)| known != name);
        self
    }

    /// Lets scripts make workers out of `blob:` URLs, as libraries for sound and for PDF do: adds `blob:` to `worker-src`,
    /// which is `'self'` if it was not there.
    ///
    /// Worklets are not workers to this policy: who loads an `AudioWorklet` from a `blob:` URL adds [`BLOB`] to `script-src`.
    pub fn with_web_workers(self) -> Self {
        let mut sources = self.values("worker-src").unwrap_or(&[SELF.to_owned()]).to_vec();
        sources.retain(|source| source != NONE && source != BLOB);
        sources.push(BLOB.to_owned());
        self.with_worker_src(sources)
    }

    /// What a directive says.
    #[must_use]
    pub fn values(&self, name: &str) -> Option<&[String]> {
        self.directives.iter().find_map(|(known, values)| (known == name).then_some(&**values))
    }

    /// Whether it has no directive.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.directives.is_empty()
    }

    /// The value with [`NONCE`] where nonces come, unless it would be empty.
    pub(super) fn value(&self) -> Result<Option<String>, SecurityHeadersError> {
        for (name, values) in &self.directives {
            check::directive(name, values)?;
        }
        Ok((!self.is_empty()).then(|| self.to_string()))
    }
}

/// As it is sent, but for nonces.
impl std::fmt::Display for Csp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (name, values)) in self.directives.iter().enumerate() {
            write!(f, "{}{name}", if index == 0 { "" } else { "; " })?;
            values.iter().try_for_each(|value| write!(f, " {value}"))?;
        }
        Ok(())
    }
}

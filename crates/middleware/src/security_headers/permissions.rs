//! [`PermissionsPolicy`]: which features of the browser a page and its frames may use.

use hyperserve_core::nearest;

use super::SecurityHeadersError;

/// The features that browsers of 2026 know (W3C Permissions Policy, "Policy Controlled Features"), without those that are behind
/// a flag or on their way out. A name that none knows is a warning on every page: `speaker` was never one.
const FEATURES: [&str; 52] = [
    "accelerometer",
    "ambient-light-sensor",
    "autoplay",
    "bluetooth",
    "camera",
    "captured-surface-control",
    "clipboard-read",
    "clipboard-write",
    "compute-pressure",
    "cross-origin-isolated",
    "deferred-fetch",
    "deferred-fetch-minimal",
    "digital-credentials-create",
    "digital-credentials-get",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "gamepad",
    "geolocation",
    "gyroscope",
    "hid",
    "identity-credentials-get",
    "idle-detection",
    "keyboard-map",
    "language-detector",
    "local-fonts",
    "local-network",
    "local-network-access",
    "loopback-network",
    "magnetometer",
    "microphone",
    "midi",
    "on-device-speech-recognition",
    "otp-credentials",
    "payment",
    "picture-in-picture",
    "private-state-token-issuance",
    "private-state-token-redemption",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "speaker-selection",
    "storage-access",
    "summarizer",
    "sync-xhr",
    "translator",
    "unload",
    "usb",
    "web-share",
    "window-management",
    "xr-spatial-tracking",
];

/// `Permissions-Policy`: features and who may use them.
///
/// ```
/// use hyperserve_middleware::security_headers::{PermissionsPolicy, SecurityHeaders};
///
/// let policy = PermissionsPolicy::new()
///     .with_denied(["camera", "microphone"])
///     .with_allowed("fullscreen", ["self", "https://video.example"]);
/// assert_eq!(
///     policy.to_string(),
///     r#"camera=(), microphone=(), fullscreen=(self "https://video.example")"#
/// );
/// let wrong = SecurityHeaders::web().with_permissions(PermissionsPolicy::new().with_denied(["speaker"]));
/// assert!(wrong.build().unwrap_err().to_string().contains("speaker-selection"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct PermissionsPolicy {
    features: Vec<(String, Vec<String>)>,
}

impl PermissionsPolicy {
    /// Says nothing yet: the browser's defaults.
    pub const fn new() -> Self {
        Self { features: Vec::new() }
    }

    /// What [`SecurityHeaders::web`](super::SecurityHeaders::web) sends: no camera, screen capture, location, microphone,
    /// payment, USB.
    pub fn web() -> Self {
        Self::new().with_denied(["camera", "display-capture", "geolocation", "microphone", "payment", "usb"])
    }

    /// Denies features to the page and to all of its frames.
    pub fn with_denied<T: Into<String>>(mut self, features: impl IntoIterator<Item = T>) -> Self {
        for feature in features {
            self.set(feature.into(), Vec::new());
        }
        self
    }

    /// Allows a feature to `self`, to origins such as `https://video.example`, or to `*`.
    pub fn with_allowed<T: Into<String>>(
        mut self,
        feature: impl Into<String>,
        to: impl IntoIterator<Item = T>,
    ) -> Self {
        self.set(feature.into(), to.into_iter().map(Into::into).collect());
        self
    }

    fn set(&mut self, feature: String, to: Vec<String>) {
        match self.features.iter_mut().find(|(known, _)| *known == feature) {
            Some((_, old)) => *old = to,
            None => self.features.push((feature, to)),
        }
    }

    /// The value, unless it would be empty.
    pub(super) fn value(&self) -> Result<Option<String>, SecurityHeadersError> {
        for (feature, to) in &self.features {
            if !FEATURES.contains(&&**feature) {
                let longer = FEATURES.into_iter().find(|known| known.starts_with(&**feature));
                let hint = longer.or_else(|| nearest(feature, FEATURES)).unwrap_or_default();
                let sentence =
                    format!("Permissions-Policy has no feature {feature:?}: the nearest is {hint:?}");
                return Err(SecurityHeadersError::new(sentence));
            }
            if let Some(who) = to.iter().find(|who| !is_who(who)) {
                let sentence = format!(
                    "Permissions-Policy {feature}: write `self`, `*` or an origin such as `https://a.example` \
                     instead of {who:?}"
                );
                return Err(SecurityHeadersError::new(sentence));
            }
        }
        Ok((!self.features.is_empty()).then(|| self.to_string()))
    }
}

fn is_who(text: &str) -> bool {
    let is_origin = || {
        text.contains("://") && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
    };
    matches!(text, "self" | "*") || is_origin()
}

/// As it is sent: a dictionary of structured fields (RFC 9651 §3.2).
impl std::fmt::Display for PermissionsPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (feature, to)) in self.features.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            if to.iter().any(|who| who == "*") {
                write!(f, "{comma}{feature}=*")?;
                continue;
            }
            let quoted = |who: &String| if who == "self" { who.clone() } else { format!("\"{who}\"") };
            let to: Vec<String> = to.iter().map(quoted).collect();
            write!(f, "{comma}{feature}=({})", to.join(" "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_a_feature_counts() {
        let policy = PermissionsPolicy::web().with_allowed("camera", ["*"]).with_denied(["midi"]);
        let text = policy.value().unwrap().unwrap();
        assert_eq!(
            text,
            "camera=*, display-capture=(), geolocation=(), microphone=(), payment=(), usb=(), midi=()"
        );
        assert_eq!(PermissionsPolicy::new().value().unwrap(), None);
    }

    #[test]
    fn names_and_origins_are_real() {
        for (policy, says) in [
            (PermissionsPolicy::new().with_denied(["speaker"]), "\"speaker-selection\""),
            (PermissionsPolicy::new().with_denied(["gelocation"]), "\"geolocation\""),
            (PermissionsPolicy::new().with_denied(["Camera"]), "\"camera\""),
            (PermissionsPolicy::new().with_allowed("camera", ["a.example"]), "an origin such as"),
            (PermissionsPolicy::new().with_allowed("camera", ["https://a\"x"]), "an origin such as"),
        ] {
            let error = policy.value().unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }
}

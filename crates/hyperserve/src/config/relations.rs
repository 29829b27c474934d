//! Values that do not go together, and numbers beyond what they can be.

use super::{Config, ConfigFault, Face};

/// Keys that mean nothing without a certificate.
const NEED_A_CERTIFICATE: [&str; 6] =
    ["tls_listen", "tls_min_version", "tls_reload_interval", "client_ca", "client_auth", "https_redirect"];

const A_CERTIFICATE: &str = "a certificate: set `tls_cert` and `tls_key`, or `tls` to `self-signed`";

impl Config {
    /// The faults that no value has alone.
    pub(super) fn relations(&self) -> Vec<ConfigFault> {
        let mut faults = self.faults_of_files();
        faults.extend(if self.has_certificate() {
            self.faults_of_https()
        } else {
            self.faults_without_https()
        });
        let listens = |name| !self.list(name).is_empty();
        let listens = listens("listen") || (self.has_certificate() && listens("tls_listen"));
        if self.is_on("proxy_protocol") && !self.is_given("trusted_proxies") {
            faults.push(
                self.fault("proxy_protocol", "needs `trusted_proxies`, the networks whose header counts"),
            );
        }
        faults.extend(self.faults_of_compression());
        if !listens {
            let message = "there is no address to listen on: set `listen`, such as 127.0.0.1:8080";
            faults.push(ConfigFault::new(self.origin("listen"), message));
        }
        faults.extend(self.faults_of_stack());
        if self.face == Face::Python {
            faults.extend(self.faults_of_python());
        }
        faults
    }

    /// `` `name` … ``
    pub(super) fn fault(&self, name: &str, wrong: &str) -> ConfigFault {
        ConfigFault::new(self.origin(name), format!("`{name}` {wrong}"))
    }

    fn faults_of_compression(&self) -> Vec<ConfigFault> {
        let bounds = [
            ("ws_compression_level", 1..=9, "is from 1, the fastest, to 9, the smallest"),
            ("ws_compression_window", 9..=15, "is from 9 to 15: two to this power bytes"),
        ];
        let beyond = bounds.into_iter().filter(|(name, range, _)| {
            self.raw(name).parse::<u32>().is_ok_and(|number| number != 0 && !range.contains(&number))
        });
        beyond.map(|(name, _, told)| self.fault(name, told)).collect()
    }

    fn faults_of_files(&self) -> Vec<ConfigFault> {
        let (certificate, key) = (self.is_given("tls_cert"), self.is_given("tls_key"));
        let half = match (certificate, key) {
            (true, false) if self.is_one_file() => None,
            (true, false) => Some(self.fault("tls_cert", "needs `tls_key`, the file of its private key")),
            (false, true) => Some(self.fault("tls_key", "needs `tls_cert`, the file of its certificate")),
            _ => None,
        };
        let both = self.is_self_signed() && (certificate || key);
        let both = both
            .then(|| self.fault("tls", "and `tls_cert` exclude each other: a certificate is made, or read"));
        half.into_iter().chain(both).collect()
    }

    fn faults_without_https(&self) -> Vec<ConfigFault> {
        // Half a certificate is a fault of its own.
        if self.is_given("tls_cert") || self.is_given("tls_key") {
            return Vec::new();
        }
        let set = NEED_A_CERTIFICATE.into_iter().filter(|name| !self.is_default(name) && !self.is_idle(name));
        set.map(|name| self.fault(name, &format!("needs {A_CERTIFICATE}"))).collect()
    }

    fn faults_of_https(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let asks = !self.is_default("client_auth") && !self.is_idle("client_auth");
        if asks && !self.is_given("client_ca") {
            faults.push(self.fault("client_auth", "needs `client_ca`, the file of the authorities"));
        }
        if self.raw("https_redirect") == "on" && self.redirect_port().is_none() {
            let wrong = "cannot tell the port of `tls_listen`: give it as a number, such as 443";
            faults.push(self.fault("https_redirect", wrong));
        }
        if let Some(missing) = self.missing_feature() {
            let key = if self.is_self_signed() { "tls" } else { "tls_cert" };
            faults.push(self.fault(
                key,
                &format!("is not for this program: it is built without the feature `{missing}`"),
            ));
        }
        faults
    }

    /// Whether the key stands in the file of the certificate, as uvicorn's `ssl_certfile` may have it.
    pub(super) fn is_one_file(&self) -> bool {
        let certificate = self.winner("tls_cert").filter(|setting| !setting.text.is_empty());
        !self.is_given("tls_key") && certificate.is_some_and(|setting| setting.is_spelled)
    }

    /// Whether a value is the one that uvicorn's users write out though it changes nothing: `ssl_cert_reqs` 0.
    fn is_idle(&self, name: &str) -> bool {
        self.face == Face::Python && name == "client_auth" && self.raw(name) == "off"
    }

    pub(super) fn is_self_signed(&self) -> bool {
        self.raw("tls") == "self-signed"
    }

    /// Whether HTTPS is served.
    pub(super) fn has_certificate(&self) -> bool {
        let key = self.is_given("tls_key") || self.is_one_file();
        self.is_self_signed() || (self.is_given("tls_cert") && key)
    }

    #[cfg(not(feature = "stack"))]
    fn faults_of_stack(&self) -> Vec<ConfigFault> {
        let told = "is not for this program: it is built without the feature `stack`";
        let rows = super::stack_rows::ROWS.iter().map(|row| row.0).chain(["health_listen", "metrics"]);
        let set = rows.filter(|name| !self.is_default(name));
        set.map(|name| self.fault(name, told)).collect()
    }

    fn missing_feature(&self) -> Option<&'static str> {
        if self.is_self_signed() && cfg!(not(feature = "self-signed")) {
            Some("self-signed")
        } else if self.has_certificate() && cfg!(not(feature = "tls")) {
            Some("tls")
        } else {
            None
        }
    }
}

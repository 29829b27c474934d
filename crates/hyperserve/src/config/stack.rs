//! From a configuration to the layers in front of the application.

use hyperserve_middleware::access_log::{AccessLog, AccessLogConfig, AccessLogFormatError};
use hyperserve_middleware::cache::{CacheConfig, CacheLayer, ResponseCache};
use hyperserve_middleware::compression::{CompressionConfig, CompressionLayer};
use hyperserve_middleware::cors::{CorsConfig, CorsLayer};
use hyperserve_middleware::csrf::CsrfLayer;
use hyperserve_middleware::decompression::{DecompressionConfig, DecompressionLayer};
use hyperserve_middleware::ip_filter::{IpFilterLayer, IpRules};
use hyperserve_middleware::limits::ConcurrencyLimitLayer;
use hyperserve_middleware::request_id::RequestIdLayer;
use hyperserve_middleware::security_headers::{Hsts, SecurityHeaders, SecurityHeadersLayer};
use hyperserve_middleware::timeout::TimeoutLayer;
use hyperserve_middleware::trace_context::TraceContextLayer;
use hyperserve_middleware::trusted_hosts::TrustedHostsLayer;
use hyperserve_ratelimit::{Gate, KeyBy, Quota, RateLimitLayer};
use hyperserve_static::{StaticFiles, StaticMounts};

use super::{Config, ConfigError, ConfigFault, Face};
use crate::stack::Stack;

/// What a key asks for, or what is wrong with it.
type Read<T> = Result<T, ConfigFault>;

impl Config {
    /// The layers that are asked for, in their order; nothing is opened but the cache's memory and the directories of
    /// `static_mount`.
    ///
    /// [`App`](crate::App) puts them round its routes. The metrics and the access log of a program are not among them: they
    /// need something to write to.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn stack(&self) -> Result<Stack, ConfigError> {
        self.check()?;
        self.read_stack().map_err(ConfigError::of_faults)
    }

    /// The stack, or everything that is wrong with its keys.
    pub(super) fn read_stack(&self) -> Result<Stack, Vec<ConfigFault>> {
        let mut stack = match self.raw("stack") {
            "web" => Stack::secure_web(),
            "api" => Stack::secure_api(),
            "files" => Stack::file_server(),
            _ => Stack::new(),
        };
        let mut faults = Vec::new();
        let mut keep = |fault: ConfigFault| faults.push(fault);
        fill(&mut stack.request_id, |_| self.switched("request_id", || Ok(RequestIdLayer::new())), &mut keep);
        fill(
            &mut stack.trace_context,
            |_| self.switched("trace_context", || Ok(TraceContextLayer::new())),
            &mut keep,
        );
        fill(&mut stack.security_headers, |_| self.security_headers(), &mut keep);
        fill(&mut stack.trusted_hosts, |_| self.trusted_hosts(), &mut keep);
        fill(&mut stack.ip_filter, |_| self.ip_filter(), &mut keep);
        fill(&mut stack.cors, |_| self.cors(), &mut keep);
        fill(&mut stack.csrf, |on| self.csrf(on), &mut keep);
        fill(&mut stack.rate_limit, |on| self.rate_limit(on), &mut keep);
        fill(&mut stack.concurrency, |_| self.concurrency(), &mut keep);
        fill(&mut stack.compression, |on| self.compression(on), &mut keep);
        fill(&mut stack.decompression, |_| self.decompression(), &mut keep);
        fill(&mut stack.timeout, |on| self.timeout(on), &mut keep);
        fill(&mut stack.cache, |_| self.cache(), &mut keep);
        fill(&mut stack.static_files, |_| self.static_files(), &mut keep);
        if faults.is_empty() { Ok(stack) } else { Err(faults) }
    }

    /// What is wrong with the keys of the stack.
    pub(super) fn faults_of_stack(&self) -> Vec<ConfigFault> {
        self.read_stack().err().unwrap_or_default()
    }

    /// The log of requests, `None` when it is off. `worker` is the number of a process among several.
    ///
    /// # Errors
    ///
    /// A pattern that cannot be read, and a file that cannot be written.
    pub fn access_log(&self, worker: Option<u32>) -> Result<Option<AccessLog>, ConfigError> {
        if !self.is_on("access_log") {
            return Ok(None);
        }
        let fault = |wrong: String| {
            ConfigError::of_faults(vec![ConfigFault::new(self.origin("access_log_format"), wrong)])
        };
        let format = self
            .raw("access_log_format")
            .parse()
            .map_err(|error: AccessLogFormatError| fault(error.to_string()))?;
        let colors = match self.raw("use_colors") {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        };
        let wanted = AccessLogConfig::new().with_format(format).with_colors(colors).with_worker(worker);
        AccessLog::open(&wanted).map(Some).map_err(|error| fault(format!("access log: {error}")))
    }
}

/// What is to become of a place.
enum Place<T> {
    /// As the named stack has it.
    Kept,
    Empty,
    Filled(T),
}

/// `read` is told whether the place has a layer already.
fn fill<T>(
    place: &mut Option<T>,
    read: impl FnOnce(bool) -> Read<Place<T>>,
    keep: &mut impl FnMut(ConfigFault),
) {
    match read(place.is_some()) {
        Ok(Place::Kept) => {}
        Ok(Place::Empty) => *place = None,
        Ok(Place::Filled(layer)) => *place = Some(layer),
        Err(fault) => keep(fault),
    }
}

impl Config {
    fn switched<T>(&self, name: &str, make: impl FnOnce() -> Read<T>) -> Read<Place<T>> {
        match self.raw(name) {
            "auto" => Ok(Place::Kept),
            "true" => make().map(Place::Filled),
            _ => Ok(Place::Empty),
        }
    }

    /// A layer that has settings of its own is made anew where it is on.
    fn tuned<T>(&self, name: &str, is_on: bool, make: impl FnOnce() -> Read<T>) -> Read<Place<T>> {
        match self.raw(name) {
            "auto" if !is_on => Ok(Place::Kept),
            "auto" | "true" => make().map(Place::Filled),
            _ => Ok(Place::Empty),
        }
    }

    fn wrong(&self, name: &str, told: &dyn std::fmt::Display) -> ConfigFault {
        ConfigFault::new(self.origin(name), format!("`{name}`: {told}"))
    }

    fn security_headers(&self) -> Read<Place<SecurityHeadersLayer>> {
        let named = match self.raw("stack") {
            "web" | "files" => "web",
            stack => stack,
        };
        let headers = match (self.raw("security_headers"), named) {
            ("web", _) | ("auto", "web") => SecurityHeaders::web(),
            ("api", _) | ("auto", "api") => SecurityHeaders::api(),
            _ => return Ok(Place::Empty),
        };
        let age = self.duration("hsts_max_age");
        let headers = headers.with_hsts(age.map(|age| Hsts::new().with_max_age(age)));
        let policy = self.raw("content_security_policy");
        let headers = if policy.is_empty() {
            headers
        } else {
            headers.with_csp(None).with_header("content-security-policy", policy)
        };
        let built = headers.build().map_err(|error| self.wrong("content_security_policy", &error));
        built.map(Place::Filled)
    }

    fn trusted_hosts(&self) -> Read<Place<TrustedHostsLayer>> {
        let hosts = self.list("trusted_hosts");
        if hosts.is_empty() {
            return Ok(Place::Kept);
        }
        let layer = TrustedHostsLayer::try_new(hosts).map_err(|error| self.wrong("trusted_hosts", &error));
        layer.map(Place::Filled)
    }

    fn ip_filter(&self) -> Read<Place<IpFilterLayer>> {
        let (allow, deny) = (self.list("ip_allow"), self.list("ip_deny"));
        if allow.is_empty() && deny.is_empty() {
            return Ok(Place::Kept);
        }
        let rules = IpRules::try_new(allow.iter().map(String::as_str), deny.iter().map(String::as_str));
        rules
            .map(|rules| Place::Filled(IpFilterLayer::new(rules)))
            .map_err(|error| self.wrong("ip_allow", &error))
    }

    fn static_files(&self) -> Read<Place<StaticMounts>> {
        let mut mounts = StaticMounts::new();
        for mount in self.list("static_mount") {
            let (path, directory) = mount.split_once('=').ok_or_else(|| {
                let told = format!("{mount:?} is no mount: write one like `/static=./public`");
                self.wrong("static_mount", &told)
            })?;
            let files =
                StaticFiles::new(directory.trim()).map(|files| files.with_sendfile(self.is_on("sendfile")));
            let with = files.and_then(|files| mounts.with(path.trim(), files));
            mounts = with.map_err(|error| self.wrong("static_mount", &error))?;
        }
        Ok(if mounts.is_empty() { Place::Kept } else { Place::Filled(mounts) })
    }

    fn cors(&self) -> Read<Place<CorsLayer>> {
        let origins = self.list("cors_origins");
        if origins.is_empty() {
            return Ok(Place::Kept);
        }
        let cors = CorsConfig::new()
            .with_origins(origins)
            .with_methods(self.list("cors_methods"))
            .with_headers(self.list("cors_headers"))
            .with_exposed(self.list("cors_expose_headers"))
            .with_credentials(self.is_on("cors_credentials"))
            .with_max_age(self.duration("cors_max_age"));
        cors.build().map(Place::Filled).map_err(|error| self.wrong("cors_origins", &error))
    }

    fn csrf(&self, is_on: bool) -> Read<Place<CsrfLayer>> {
        // Whose pages may read answers, by name, are pages of ours; a pattern is too wide for writing.
        let shared = self.list("cors_origins").into_iter().filter(|origin| !origin.contains('*'));
        let trusted: Vec<_> = self.list("csrf_trusted_origins").into_iter().chain(shared).collect();
        self.tuned("csrf", is_on, || {
            let layer = CsrfLayer::new().try_with_trusted_origins(trusted);
            layer.map_err(|error| self.wrong("csrf_trusted_origins", &error))
        })
    }

    fn rate_limit(&self, is_on: bool) -> Read<Place<RateLimitLayer>> {
        self.tuned("rate_limit", is_on, || {
            let key = match self.raw("rate_limit_key") {
                "client-and-route" => KeyBy::client_ip().and(KeyBy::route()),
                "route" => KeyBy::route(),
                "everyone" => KeyBy::everyone(),
                _ => KeyBy::client_ip(),
            };
            RateLimitLayer::new(self.gate()?)
                .with_key(key)
                .with_dry_run(self.is_on("rate_limit_dry_run"))
                .with_exempt_paths(self.list("rate_limit_exempt"))
                .map_err(|error| self.wrong("rate_limit_exempt", &error))
        })
    }

    fn gate(&self) -> Read<Gate> {
        let quotas = self.list("rate_limit_quotas");
        let quotas = quotas.iter().map(|quota| quota.parse::<Quota>()).collect::<Result<Vec<_>, _>>();
        let quotas = quotas.map_err(|error| self.wrong("rate_limit_quotas", &error))?;
        let keys = usize::try_from(self.number("rate_limit_max_keys")).unwrap_or(usize::MAX);
        let gate = quotas
            .into_iter()
            .fold(Gate::builder().with_max_keys(keys), |gate, quota| gate.with_quota(quota));
        self.across_machines(gate)?.build().map_err(|error| self.wrong("rate_limit_quotas", &error))
    }

    #[cfg(feature = "rate-limit-redis")]
    fn across_machines(
        &self,
        gate: hyperserve_ratelimit::GateBuilder,
    ) -> Read<hyperserve_ratelimit::GateBuilder> {
        use hyperserve_ratelimit::{RedisOptions, WhenAway};

        let url = self.raw("rate_limit_redis");
        if url.is_empty() {
            return Ok(gate);
        }
        let refuses = self.raw("rate_limit_when_away") == "refuse";
        let when_away = if refuses { WhenAway::Refuse } else { WhenAway::CountHere };
        Ok(gate.with_redis(RedisOptions::new(url, "default").with_when_away(when_away)))
    }

    #[cfg(not(feature = "rate-limit-redis"))]
    fn across_machines(
        &self,
        gate: hyperserve_ratelimit::GateBuilder,
    ) -> Read<hyperserve_ratelimit::GateBuilder> {
        if self.raw("rate_limit_redis").is_empty() {
            return Ok(gate);
        }
        let told = "is not for this program: it is built without the feature `rate-limit-redis`";
        Err(self.fault("rate_limit_redis", told))
    }

    /// The Python face counts its requests itself.
    fn concurrency(&self) -> Read<Place<ConcurrencyLimitLayer>> {
        let limit = usize::try_from(self.number("limit_concurrency")).unwrap_or(usize::MAX);
        if limit == 0 || self.face == Face::Python {
            return Ok(Place::Kept);
        }
        let layer =
            ConcurrencyLimitLayer::try_new(limit).map_err(|error| self.wrong("limit_concurrency", &error));
        layer.map(Place::Filled)
    }

    fn compression(&self, is_on: bool) -> Read<Place<CompressionLayer>> {
        self.tuned("compression", is_on, || {
            let least = usize::try_from(self.number("compression_minimum")).unwrap_or(usize::MAX);
            let layer = CompressionLayer::try_new(&CompressionConfig::new().with_minimum(least));
            layer.map_err(|error| self.wrong("compression_minimum", &error))
        })
    }

    fn decompression(&self) -> Read<Place<DecompressionLayer>> {
        self.switched("decompression", || {
            let layer = DecompressionLayer::try_new(&DecompressionConfig::new());
            layer.map_err(|error| self.wrong("decompression", &error))
        })
    }

    fn timeout(&self, is_on: bool) -> Read<Place<TimeoutLayer>> {
        match self.duration("request_timeout") {
            Some(time) => self.tuned("timeout", is_on, || Ok(TimeoutLayer::new().with_head(time))),
            None => Ok(Place::Empty),
        }
    }

    fn cache(&self) -> Read<Place<CacheLayer>> {
        let bytes = self.number("cache_size");
        if bytes == 0 {
            return Ok(Place::Kept);
        }
        let cache = ResponseCache::try_new(CacheConfig::new().with_capacity(bytes));
        cache
            .map(|cache| Place::Filled(CacheLayer::new(cache)))
            .map_err(|error| self.wrong("cache_size", &error))
    }
}

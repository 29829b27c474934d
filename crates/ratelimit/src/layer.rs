//! [`RateLimitLayer`]: limits what each client may ask for.

use std::sync::Arc;

use http::HeaderName;
use tower_layer::Layer;

use crate::exempt::Exempt;
use crate::fields::Fields;
use crate::rules::Rules;
use crate::service::RateLimitService;
use crate::{Gate, Key, KeyBy, RateLimitError, RequestHead};

/// Limits the requests of each client by the quotas of a [`Gate`].
///
/// All services that are made by layers with one gate draw on the same quotas, on whichever worker. The client is its address
/// unless [`with_key`](Self::with_key) says otherwise.
///
/// Put it outside of what is expensive, and inside of the access log. Where it counts by principal it stands behind the
/// layer that finds it out, and another, by address, in front of that.
#[derive(Clone, Debug)]
#[must_use]
pub struct RateLimitLayer {
    rules: Rules,
}

impl RateLimitLayer {
    /// A layer of this gate, by the client's address.
    pub fn new(gate: Gate) -> Self {
        Self {
            rules: Rules {
                gate,
                key_by: KeyBy::default(),
                exempt: Exempt::default(),
                fields: Fields::ALL,
                cost: None,
                cost_header: None,
                dry_run: false,
            },
        }
    }

    /// Sets how the key of a request is found.
    pub fn with_key(mut self, key_by: KeyBy) -> Self {
        self.rules.key_by = key_by;
        self
    }

    /// Adds paths that are not limited: `/static` for the path and what is below it, `=/healthz` for the path alone, as
    /// [`Paths`](hyperserve_core::Paths) are written.
    ///
    /// # Errors
    ///
    /// An entry that no path of a request can be, or has a wildcard.
    pub fn with_exempt_paths<T: AsRef<str>>(
        mut self,
        paths: impl IntoIterator<Item = T>,
    ) -> Result<Self, RateLimitError> {
        self.rules.exempt.add_paths(paths)?;
        Ok(self)
    }

    /// Sets networks whose clients are not limited: `10.0.0.0/8`, `192.0.2.7`, `loopback`, `private`, as
    /// [`Networks`](hyperserve_core::Networks) are written.
    ///
    /// # Errors
    ///
    /// An entry that is none of these.
    pub fn with_exempt_networks<T: AsRef<str>>(
        mut self,
        networks: impl IntoIterator<Item = T>,
    ) -> Result<Self, RateLimitError> {
        self.rules.exempt.set_networks(networks)?;
        Ok(self)
    }

    /// Adds keys that are not limited: the account of your own monitoring.
    pub fn with_exempt_keys(mut self, keys: impl IntoIterator<Item = Key<'static>>) -> Self {
        for key in keys {
            self.rules.exempt.add_key(key);
        }
        self
    }

    /// Sets what a request costs, in units; 1 by default. One that costs nothing is not limited.
    ///
    /// ```
    /// use hyperserve_ratelimit::{Gate, RateLimitLayer};
    ///
    /// let layer = RateLimitLayer::new(Gate::try_new([])?)
    ///     .with_cost(|head| if head.uri.path() == "/search" { 10 } else { 1 });
    /// # Ok::<(), hyperserve_ratelimit::RateLimitError>(())
    /// ```
    pub fn with_cost<F>(mut self, cost: F) -> Self
    where
        F: Fn(&RequestHead<'_>) -> u32 + Send + Sync + 'static,
    {
        self.rules.cost = Some(Arc::new(cost));
        self
    }

    /// Sets the name of a response header field by which a handler says what the request cost after all; none by default.
    ///
    /// What was taken before is made up for, up or down. A client may come to owe at most one burst, and its next requests are
    /// refused until that has come back. The field is not sent to the client.
    pub fn with_cost_header(mut self, name: HeaderName) -> Self {
        self.rules.cost_header = Some(name);
        self
    }

    /// Sets whether `RateLimit-Policy` and `RateLimit` are sent. They are by default.
    pub const fn with_ratelimit_fields(mut self, sent: bool) -> Self {
        self.rules.fields.ratelimit = sent;
        self
    }

    /// Sets whether `X-RateLimit-Limit`, `-Remaining` and `-Reset` are sent. They are by default.
    pub const fn with_x_ratelimit_fields(mut self, sent: bool) -> Self {
        self.rules.fields.x_ratelimit = sent;
        self
    }

    /// Sets whether a refusal has `Retry-After`. It has by default.
    pub const fn with_retry_after(mut self, sent: bool) -> Self {
        self.rules.fields.retry_after = sent;
        self
    }

    /// Sets whether requests are only counted: none is refused, and clients are told nothing. Off by default.
    ///
    /// [`GateStats::refused`](crate::GateStats::refused) then says what would have been refused.
    pub const fn with_dry_run(mut self, dry_run: bool) -> Self {
        self.rules.dry_run = dry_run;
        self
    }

    /// The gate.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        &self.rules.gate
    }
}

impl<S> Layer<S> for RateLimitLayer {
    type Service = RateLimitService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RateLimitService::new(inner, Arc::new(self.rules.clone()))
    }
}

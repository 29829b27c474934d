//! [`Fields`]: the header fields that tell a client about its quotas.
//!
//! `RateLimit-Policy` and `RateLimit` are those of draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4; the
//! `X-RateLimit-*` fields have no standard, and mean what most services mean by them.

use std::time::SystemTime;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::limit::{Limit, whole_seconds};
use crate::number::{Digits, number};
use crate::{Gate, Verdict};

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const X_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// What is sent.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) ratelimit: bool,
    pub(crate) x_ratelimit: bool,
    pub(crate) retry_after: bool,
}

impl Fields {
    pub(crate) const ALL: Self = Self { ratelimit: true, x_ratelimit: true, retry_after: true };

    /// Adds the fields to a response. A handler that says something itself with one of a group has the word: none of that
    /// group is added, so that the two do not contradict each other.
    pub(crate) fn add(&self, headers: &mut HeaderMap, gate: &Gate, verdict: &Verdict) {
        if !self.ratelimit && !self.x_ratelimit {
            return;
        }
        let own = Own::among(headers);
        if self.ratelimit && !own.ratelimit {
            add_ratelimit(headers, gate, verdict);
        }
        if self.x_ratelimit && !own.x_ratelimit {
            add_x(headers, gate.limits(), verdict);
        }
    }

    /// Adds `Retry-After` (RFC 9110 §10.2.3), in whole seconds, rounded up.
    pub(crate) fn add_retry_after(&self, headers: &mut HeaderMap, verdict: &Verdict) {
        if self.retry_after && !verdict.is_allowed() {
            headers.insert(RETRY_AFTER, number(whole_seconds(verdict.wait())));
        }
    }
}

/// Which groups of fields a handler has sent itself. To look at the names there are takes less than to look up five.
#[derive(Default)]
struct Own {
    ratelimit: bool,
    x_ratelimit: bool,
}

impl Own {
    fn among(headers: &HeaderMap) -> Self {
        let mut own = Self::default();
        for name in headers.keys().map(HeaderName::as_str) {
            own.ratelimit |= name.starts_with("ratelimit");
            own.x_ratelimit |= name.starts_with("x-ratelimit-");
        }
        own
    }
}

fn add_ratelimit(headers: &mut HeaderMap, gate: &Gate, verdict: &Verdict) {
    if let Ok(value) = HeaderValue::from_bytes(ratelimit(gate.limits(), verdict).as_bytes()) {
        headers.insert(RATELIMIT_POLICY, gate.policy().clone());
        headers.insert(RATELIMIT, value);
    }
}

/// For each quota what remains, and `t`: the time in which no more than that can be used (section 4.1.2), which ends when
/// the next unit comes back.
fn ratelimit(limits: &[Limit], verdict: &Verdict) -> Digits {
    let mut out = Digits::default();
    for (index, limit) in limits.iter().enumerate() {
        let debt = verdict.debt(index);
        out.push(if index == 0 { b"\"" } else { b", \"" });
        out.push(limit.name.as_bytes());
        out.push(b"\";r=");
        out.push_number(limit.remaining(debt));
        out.push(b";t=");
        out.push_number(whole_seconds(limit.until_more(debt)));
    }
    out
}

/// These know one quota: that of which the least remains, and of equals the one that is longest away from full. `Reset` is
/// the time of day, in seconds since 1970, at which it is full again.
fn add_x(headers: &mut HeaderMap, limits: &[Limit], verdict: &Verdict) {
    let debts = limits.iter().enumerate().map(|(index, limit)| (limit, verdict.debt(index)));
    let tightest = debts.min_by_key(|(limit, debt)| (limit.remaining(*debt), u64::MAX - debt));
    let Some((limit, debt)) = tightest else { return };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let reset = now.as_secs() + debt.saturating_add(u64::from(now.subsec_nanos())).div_ceil(1_000_000_000);
    headers.insert(X_LIMIT, number(u64::from(limit.burst)));
    headers.insert(X_REMAINING, number(limit.remaining(debt)));
    headers.insert(X_RESET, number(reset));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Quota;

    fn gate(quotas: &[Quota]) -> Gate {
        Gate::try_new(quotas.iter().cloned()).unwrap()
    }

    fn text(headers: &HeaderMap, name: &str) -> String {
        headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[test]
    fn a_client_is_told_what_remains() {
        let gate = gate(&[Quota::per_minute(100)]);
        let mut headers = HeaderMap::new();
        let half = Verdict::allowed(&[Duration::from_secs(30)]);
        Fields::ALL.add(&mut headers, &gate, &half);
        assert_eq!(text(&headers, "ratelimit-policy"), "\"default\";q=100;w=60");
        assert_eq!(text(&headers, "ratelimit"), "\"default\";r=50;t=1");
        assert_eq!(text(&headers, "x-ratelimit-limit"), "100");
        assert_eq!(text(&headers, "x-ratelimit-remaining"), "50");
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let reset: u64 = text(&headers, "x-ratelimit-reset").parse().unwrap();
        assert!((now + 29..=now + 32).contains(&reset), "{reset} {now}");
    }

    #[test]
    fn of_several_quotas_all_are_listed_and_the_tightest_counts() {
        let gate = gate(&[
            Quota::per_second(10).with_name("burst"),
            Quota::per_hour(60).with_burst(5).with_name("sustained"),
        ]);
        let fields = Fields::ALL;
        let verdict = Verdict::refused(
            &[Duration::from_millis(200), Duration::from_secs(300)],
            &[false, true],
            Duration::from_millis(59_001),
        );
        let mut headers = HeaderMap::new();
        fields.add(&mut headers, &gate, &verdict);
        fields.add_retry_after(&mut headers, &verdict);
        assert_eq!(text(&headers, "ratelimit-policy"), "\"burst\";q=10;w=1, \"sustained\";q=5;w=300");
        assert_eq!(text(&headers, "ratelimit"), "\"burst\";r=8;t=1, \"sustained\";r=0;t=60");
        assert_eq!(
            (text(&headers, "x-ratelimit-limit"), text(&headers, "x-ratelimit-remaining")),
            ("5".into(), "0".into())
        );
        assert_eq!(text(&headers, "retry-after"), "60");
    }

    #[test]
    fn what_a_handler_says_itself_stays_and_nothing_contradicts_it() {
        let gate = gate(&[Quota::per_minute(100)]);
        let fields = Fields::ALL;
        let mut headers = HeaderMap::new();
        headers.insert("ratelimit", HeaderValue::from_static("\"own\";r=1"));
        headers.insert("x-ratelimit-remaining", HeaderValue::from_static("7"));
        fields.add(&mut headers, &gate, &Verdict::allowed(&[]));
        assert_eq!((headers.len(), text(&headers, "x-ratelimit-remaining")), (2, "7".into()));
    }

    #[test]
    fn what_is_switched_off_is_not_sent() {
        let gate = gate(&[Quota::per_minute(100)]);
        let none = Fields { ratelimit: false, x_ratelimit: false, retry_after: false };
        let mut headers = HeaderMap::new();
        let refused = Verdict::refused(&[Duration::from_secs(60)], &[true], Duration::from_secs(1));
        none.add(&mut headers, &gate, &refused);
        none.add_retry_after(&mut headers, &refused);
        assert!(headers.is_empty());
    }
}

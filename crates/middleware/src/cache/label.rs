//! `Cache-Status` (RFC 9211): what the cache did, for whoever looks.

use http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Why a request went to the service (RFC 9211 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forward {
    Bypass,
    UriMiss,
    VaryMiss,
    Stale,
    Request,
}

impl Forward {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Bypass, "bypass"),
        (Self::UriMiss, "uri-miss"),
        (Self::VaryMiss, "vary-miss"),
        (Self::Stale, "stale"),
        (Self::Request, "request"),
    ];
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Stored,
    /// The service said 304, and the stored response answers.
    Validated,
    /// Another request fetched it.
    Collapsed,
    /// The service failed, and a stale response answers (RFC 5861 §4).
    Covered,
}

impl Outcome {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Passed, ""),
        (Self::Stored, "; stored"),
        (Self::Validated, "; fwd-status=304; stored"),
        (Self::Collapsed, "; collapsed"),
        (Self::Covered, "; detail=stale-if-error"),
    ];
}

/// All values there are but those of hits, made once.
#[derive(Debug, Default)]
pub(super) struct Labels {
    name: Option<Box<str>>,
    forwards: Vec<HeaderValue>,
    unsatisfied: Option<HeaderValue>,
}

impl Labels {
    pub(super) fn new(name: Option<&str>) -> Self {
        let Some(name) = name else { return Self::default() };
        let every = Forward::ALL
            .iter()
            .flat_map(|forward| Outcome::ALL.iter().map(move |outcome| (forward, outcome)));
        let text = |(forward, outcome): (&(Forward, &str), &(Outcome, &str))| {
            value(&format!("{name}; fwd={}{}", forward.1, outcome.1))
        };
        let forwards = every.filter_map(text).collect();
        let unsatisfied = value(&format!("{name}; detail=only-if-cached"));
        Self { name: Some(name.into()), forwards, unsatisfied }
    }

    /// Of a request that went to the service, or would have.
    pub(super) fn forward(&self, why: Forward, outcome: Outcome) -> Option<HeaderValue> {
        self.forwards.get(why as usize * Outcome::ALL.len() + outcome as usize).cloned()
    }

    /// Of a request that wanted nothing else (RFC 9111 §5.2.1.7).
    pub(super) fn unsatisfied(&self) -> Option<HeaderValue> {
        self.unsatisfied.clone()
    }

    /// Of a response from the store; it is stale when `ttl`, in seconds, is below zero.
    pub(super) fn hit(&self, ttl: i64) -> Option<HeaderValue> {
        value(&format!("{}; hit; ttl={ttl}", self.name.as_ref()?))
    }
}

/// Adds a value behind those of the caches further in (RFC 9211 §2).
pub(super) fn add(headers: &mut HeaderMap, label: Option<HeaderValue>) {
    if let Some(label) = label {
        headers.append(CACHE_STATUS, label);
    }
}

fn value(text: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_stands_in_its_place() {
        let labels = Labels::new(Some("c"));
        for (forward, why) in Forward::ALL {
            for (outcome, text) in Outcome::ALL {
                assert_eq!(labels.forward(forward, outcome).unwrap(), format!("c; fwd={why}{text}"));
            }
        }
        assert_eq!(labels.hit(-3).unwrap(), "c; hit; ttl=-3");
        assert_eq!(labels.unsatisfied().unwrap(), "c; detail=only-if-cached");
    }

    #[test]
    fn without_a_name_there_is_none() {
        let labels = Labels::new(None);
        assert_eq!((labels.forward(Forward::Bypass, Outcome::Passed), labels.hit(1)), (None, None));
        assert_eq!(labels.unsatisfied(), None);
    }
}

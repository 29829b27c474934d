//! Whether a stored response may answer a request as it is (RFC 9111 §4, §5.2.1; RFC 5861).

use std::time::Duration;

use super::directives::{RequestDirectives, ResponseDirectives};

/// Whether a stored response answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reuse {
    /// It does.
    Answer,
    /// It does, and is fetched anew meanwhile (RFC 5861 §3).
    AnswerAndFetch,
    /// It is stale: the service is asked first.
    Stale,
    /// It is fresh, but the request wants the service to be asked.
    Unwanted,
}

/// What the rules look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) said: &'a ResponseDirectives,
    pub(super) lifetime: Duration,
    pub(super) age: Duration,
}

impl Candidate<'_> {
    pub(super) fn reuse(&self, asked: &RequestDirectives) -> Reuse {
        let fresh = self.lifetime > self.age && !self.said.no_cache;
        let wanted = !asked.no_cache && asked.max_age.is_none_or(|longest| self.age <= seconds(longest));
        if !fresh {
            return if wanted { self.reuse_stale(asked) } else { Reuse::Stale };
        }
        let stays = asked.min_fresh.is_none_or(|least| self.lifetime - self.age >= seconds(least));
        if wanted && stays { Reuse::Answer } else { Reuse::Unwanted }
    }

    /// What the client takes (§5.2.1.2) and what the response allows (RFC 5861 §3).
    fn reuse_stale(&self, asked: &RequestDirectives) -> Reuse {
        if asked.min_fresh.is_some() {
            Reuse::Stale
        } else if self.may_be_stale_by(asked.max_stale) {
            Reuse::Answer
        } else if self.may_be_stale_by(self.said.stale_while_revalidate) {
            Reuse::AnswerAndFetch
        } else {
            Reuse::Stale
        }
    }

    /// Whether it may answer in the place of a failure (RFC 5861 §4).
    pub(super) fn covers_failure(&self, asked: &RequestDirectives) -> bool {
        let wanted = !asked.no_cache && asked.max_age.is_none_or(|longest| self.age <= seconds(longest));
        wanted && self.may_be_stale_by(self.said.stale_if_error)
    }

    fn may_be_stale_by(&self, longest: Option<u64>) -> bool {
        let staleness = self.age.saturating_sub(self.lifetime);
        !self.said.forbids_stale() && longest.is_some_and(|longest| staleness <= seconds(longest))
    }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::CACHE_CONTROL;

    use super::*;

    fn control(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(CACHE_CONTROL, value.parse().unwrap())])
    }

    /// A response that is fresh for 10 s.
    fn reuse(response: &'static str, age: u64, request: &'static str) -> Reuse {
        let said = ResponseDirectives::of(&control(response));
        let candidate = Candidate { said: &said, lifetime: seconds(10), age: seconds(age) };
        candidate.reuse(&RequestDirectives::of(&control(request)))
    }

    fn covers(response: &'static str, age: u64, request: &'static str) -> bool {
        let said = ResponseDirectives::of(&control(response));
        let candidate = Candidate { said: &said, lifetime: seconds(10), age: seconds(age) };
        candidate.covers_failure(&RequestDirectives::of(&control(request)))
    }

    #[test]
    fn what_is_fresh_answers() {
        assert_eq!(reuse("", 0, ""), Reuse::Answer);
        assert_eq!(reuse("must-revalidate, s-maxage=10", 9, ""), Reuse::Answer);
        assert_eq!(reuse("", 10, ""), Reuse::Stale);
        assert_eq!(reuse("no-cache", 0, ""), Reuse::Stale);
        assert_eq!(reuse("no-cache", 0, "max-stale"), Reuse::Stale);
    }

    #[test]
    fn requests_may_want_more() {
        for (request, age) in [("no-cache", 0), ("max-age=3", 4), ("max-age=0", 1), ("min-fresh=5", 6)] {
            assert_eq!(reuse("stale-while-revalidate=99", age, request), Reuse::Unwanted, "{request}");
        }
        for (request, age) in [("max-age=3", 3), ("max-age=0", 0), ("min-fresh=5", 5), ("max-stale=0", 9)] {
            assert_eq!(reuse("", age, request), Reuse::Answer, "{request}");
        }
    }

    #[test]
    fn clients_may_take_what_is_stale() {
        assert_eq!(reuse("", 15, "max-stale=5"), Reuse::Answer);
        assert_eq!(reuse("", 15, "max-stale"), Reuse::Answer);
        assert_eq!(reuse("", 15, "max-stale=4"), Reuse::Stale);
        for forbids in ["must-revalidate", "proxy-revalidate", "s-maxage=10", "no-cache"] {
            assert_eq!(reuse(forbids, 15, "max-stale"), Reuse::Stale, "{forbids}");
        }
    }

    #[test]
    fn responses_may_be_used_stale_while_they_are_fetched() {
        assert_eq!(reuse("stale-while-revalidate=5", 15, ""), Reuse::AnswerAndFetch);
        assert_eq!(reuse("stale-while-revalidate=5", 16, ""), Reuse::Stale);
        for request in ["no-cache", "max-age=12", "min-fresh=0"] {
            assert_eq!(reuse("stale-while-revalidate=5", 15, request), Reuse::Stale, "{request}");
        }
        assert_eq!(reuse("stale-while-revalidate=5, must-revalidate", 15, ""), Reuse::Stale);
    }

    #[test]
    fn responses_may_cover_failures() {
        assert!(covers("stale-if-error=5", 15, "") && covers("stale-if-error=5", 3, ""));
        assert!(!covers("stale-if-error=5", 16, "") && !covers("", 11, ""));
        assert!(!covers("stale-if-error=5, must-revalidate", 15, ""));
        assert!(!covers("stale-if-error=5", 15, "no-cache") && !covers("stale-if-error=5", 15, "max-age=14"));
    }
}

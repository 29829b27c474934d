//! [`MakeRequestId`]: where new ids come from, and [`UuidV7`], where they come from unless told otherwise.

use std::time::{Duration, SystemTime};

use hyperserve_core::Request;
use uuid::fmt::Hyphenated;
use uuid::{Builder, Uuid};

use super::RequestId;
use crate::random::random;

/// Makes the ids of requests.
///
/// A function without arguments is one: `|| "every-request-the-same".parse().ok()`.
///
/// ```
/// use hyperserve_core::Request;
/// use hyperserve_middleware::request_id::{MakeRequestId, RequestId};
///
/// /// The id that the content delivery network has given already.
/// struct FromCdn;
///
/// impl MakeRequestId for FromCdn {
///     fn make_request_id<B>(&self, request: &Request<B>) -> Option<RequestId> {
///         request.headers().get("cf-ray")?.clone().try_into().ok()
///     }
/// }
/// ```
pub trait MakeRequestId: Send + Sync + 'static {
    /// Makes an id for this request, distinct from all others. `None` leaves the request without one.
    ///
    /// It runs before the request is answered, so it should be quick.
    fn make_request_id<B>(&self, request: &Request<B>) -> Option<RequestId>;
}

impl<F> MakeRequestId for F
where
    F: Fn() -> Option<RequestId> + Send + Sync + 'static,
{
    fn make_request_id<B>(&self, _request: &Request<B>) -> Option<RequestId> {
        self()
    }
}

/// Makes UUIDs of version 7 (RFC 9562 §5.7): `01938c2e-7b6f-7a31-8f2d-5e0c9b1a4d37`.
///
/// They sort by the time they were made, to a quarter of a microsecond (§6.2, method 3), and have 62 random bits besides.
/// The clock is read without a system call, and random bytes are drawn for some fifty ids at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UuidV7;

impl MakeRequestId for UuidV7 {
    fn make_request_id<B>(&self, _request: &Request<B>) -> Option<RequestId> {
        let uuid = version_7(since_epoch(), random());
        let mut text = [0; Hyphenated::LENGTH];
        RequestId::of_graphic(uuid.hyphenated().encode_lower(&mut text).as_bytes())
    }
}

fn since_epoch() -> Duration {
    // A clock that is set before 1970 shows 1970.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The time, with the part below its milliseconds as a twelve-bit fraction in front of the random bits.
fn version_7(since_epoch: Duration, mut random: [u8; 10]) -> Uuid {
    let millis = since_epoch.as_secs() * 1000 + u64::from(since_epoch.subsec_millis());
    let fraction = since_epoch.subsec_nanos() % 1_000_000 * 4096 / 1_000_000;
    let [.., high, low] = fraction.to_be_bytes();
    [random[0], random[1]] = [high, low];
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::{Variant, Version};

    use super::*;

    #[test]
    fn the_parts_of_a_uuid_are_where_rfc_9562_has_them() {
        // The time of the RFC's example in appendix A.6, half a millisecond later.
        let time = Duration::from_nanos(0x017F_22E2_79B0 * 1_000_000 + 500_000);
        let uuid = version_7(time, [0xff; 10]);
        assert_eq!(uuid.to_string(), "017f22e2-79b0-7800-bfff-ffffffffffff");
        assert_eq!((uuid.get_version(), uuid.get_variant()), (Some(Version::SortRand), Variant::RFC4122));
    }

    #[test]
    fn later_ones_sort_behind() {
        let times = [0, 1, 999, 1_000, 999_999, 1_000_000, 1_000_001_000].map(Duration::from_micros);
        let early = times.map(|time| version_7(time, [0xff; 10]));
        let late = times.map(|time| version_7(time + Duration::from_nanos(245), [0; 10]));
        for (early, late) in early.iter().zip(late) {
            assert!(early.as_bytes() < late.as_bytes(), "{early} {late}");
        }
        assert!(early.is_sorted());
    }

    #[test]
    fn no_two_are_the_same() {
        let make = || UuidV7.make_request_id(&Request::new(())).unwrap();
        let ids: HashSet<RequestId> = (0..10_000).map(|_| make()).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.as_str().len() == 36));
    }
}

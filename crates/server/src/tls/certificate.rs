//! The three facts of an X.509 certificate that rustls does not hand out: its two dates and its DNS names.
//!
//! A reader of just that path through the DER (RFC 5280 §4.1; ITU-T X.690 §8, §10). It grants nothing: what it
//! returns picks a certificate for a server name and words a warning. Verification is rustls's.

use std::time::{Duration, SystemTime};

/// Tags (X.690 §8.1.2) that occur on the path.
mod tag {
    pub(super) const BOOLEAN: u8 = 0x01;
    pub(super) const OCTET_STRING: u8 = 0x04;
    pub(super) const OID: u8 = 0x06;
    pub(super) const UTC_TIME: u8 = 0x17;
    pub(super) const GENERALIZED_TIME: u8 = 0x18;
    pub(super) const SEQUENCE: u8 = 0x30;
    /// `dNSName [2]`, primitive.
    pub(super) const DNS_NAME: u8 = 0x82;
    /// `version [0]`, constructed.
    pub(super) const VERSION: u8 = 0xa0;
    /// `extensions [3]`, constructed.
    pub(super) const EXTENSIONS: u8 = 0xa3;
}

/// `subjectAltName`, 2.5.29.17.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
    /// Lower case, wildcards as `*.example.com`.
    pub(super) dns_names: Vec<String>,
}

impl Facts {
    /// Reads a certificate; `None` if it is not shaped like one.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let mut tbs = Der(Der(Der(der).contents(tag::SEQUENCE)?).contents(tag::SEQUENCE)?);
        tbs.skip_if(tag::VERSION);
        for _serial_algorithm_issuer in 0..3 {
            tbs.next()?;
        }
        let mut validity = Der(tbs.contents(tag::SEQUENCE)?);
        let (not_before, not_after) = (validity.time()?, validity.time()?);
        Some(Self { not_before, not_after, dns_names: dns_names(tbs).unwrap_or_default() })
    }
}

/// The names among the extensions, which follow the subject, the key and two identifiers of old.
fn dns_names(mut rest: Der<'_>) -> Option<Vec<String>> {
    let mut extensions = loop {
        if let (tag::EXTENSIONS, value) = rest.next()? {
            break Der(Der(value).contents(tag::SEQUENCE)?);
        }
    };
    loop {
        let mut extension = Der(extensions.contents(tag::SEQUENCE)?);
        if extension.contents(tag::OID)? == SUBJECT_ALT_NAME {
            extension.skip_if(tag::BOOLEAN);
            let names = Der(Der(extension.contents(tag::OCTET_STRING)?).contents(tag::SEQUENCE)?);
            return Some(names.filter(|(tag, _)| *tag == tag::DNS_NAME).filter_map(lower_case).collect());
        }
    }
}

fn lower_case((_, name): (u8, &[u8])) -> Option<String> {
    std::str::from_utf8(name).ok().filter(|name| name.is_ascii()).map(str::to_ascii_lowercase)
}

/// Elements that are still to be read.
struct Der<'a>(&'a [u8]);

/// The next element: its tag and contents.
impl<'a> Iterator for Der<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&tag, rest) = self.0.split_first()?;
        let (length, rest) = length(rest)?;
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }
}

impl<'a> Der<'a> {
    fn contents(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, value)| value)
    }

    fn skip_if(&mut self, optional: u8) {
        if self.0.first() == Some(&optional) {
            self.next();
        }
    }

    /// `Time` (RFC 5280 §4.1.2.5): always UTC and with seconds; a two-digit year from 50 up is of the last century.
    fn time(&mut self) -> Option<SystemTime> {
        let (tag, text) = self.next()?;
        let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
        let (year, rest) = match tag {
            tag::UTC_TIME => {
                let year = number(text.get(..2)?)?;
                (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
            }
            tag::GENERALIZED_TIME => (number(text.get(..4)?)?, text.get(4..)?),
            _ => return None,
        };
        if rest.len() != 10 {
            return None;
        }
        let part = |at: usize| number(rest.get(at..at + 2)?);
        let days = days_since_1970(year, part(0)?, part(2)?)?;
        let seconds = days * 86_400 + part(4)? * 3_600 + part(6)? * 60 + part(8)?;
        at_second(seconds)
    }
}

/// Definite length, at most four octets (X.690 §8.1.3; DER has no indefinite ones, §10.1).
fn length(rest: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = rest.split_first()?;
    if first < 0x80 {
        return Some((first.into(), rest));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let (octets, rest) = rest.split_at_checked(count)?;
    let length = octets.iter().fold(0, |length, octet| length << 8 | u64::from(*octet));
    Some((usize::try_from(length).ok()?, rest))
}

fn number(digits: &str) -> Option<i64> {
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Days of the proleptic Gregorian calendar: years are counted from March, so that the leap day is a year's last.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_of_months = (153 * month + 2) / 5;
    let days_of_years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(days_of_years + days_of_months + day - 1 - 719_468)
}

fn at_second(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(tag: u8, text: &str) -> Option<i64> {
        let mut der = vec![tag, u8::try_from(text.len()).unwrap()];
        der.extend_from_slice(text.as_bytes());
        let time = Der(&der).time()?;
        Some(match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_secs()).unwrap(),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap(),
        })
    }

    /// Expected values from `date -u -d … +%s`.
    #[test]
    fn dates_are_read_to_the_second() {
        let cases = [
            (tag::UTC_TIME, "700101000000Z", Some(0)),
            (tag::UTC_TIME, "000229120000Z", Some(951_825_600)),
            (tag::UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (tag::UTC_TIME, "500101000000Z", Some(-631_152_000)),
            (tag::GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (tag::GENERALIZED_TIME, "21000301000000Z", Some(4_107_542_400)),
            (tag::GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
            (tag::UTC_TIME, "7001010000Z", None),
            (tag::UTC_TIME, "700101000000", None),
            (tag::UTC_TIME, "701301000000Z", None),
            (tag::UTC_TIME, "70010a000000Z", None),
            (tag::GENERALIZED_TIME, "20500101000000.5Z", None),
            (tag::OID, "700101000000Z", None),
        ];
        for (tag, text, seconds) in cases {
            assert_eq!(time(tag, text), seconds, "{text}");
        }
    }

    #[test]
    fn lengths_are_definite_and_in_bounds() {
        assert_eq!(length(&[0x05, 1]), Some((5, &[1][..])));
        assert_eq!(length(&[0x82, 1, 2, 3]), Some((258, &[3][..])));
        assert_eq!(length(&[0x80]), None);
        assert_eq!(length(&[0x85, 0, 0, 0, 0, 1]), None);
        assert_eq!(length(&[0x82, 1]), None);
        assert_eq!(length(&[]), None);
    }

    #[test]
    fn a_real_certificate_gives_its_facts_and_no_cut_of_it_panics() {
        let mut params = rcgen::CertificateParams::new(
            ["Example.com".into(), "*.example.com".into(), "127.0.0.1".into()].to_vec(),
        )
        .unwrap();
        params.not_before = rcgen::date_time_ymd(2024, 2, 29);
        params.not_after = rcgen::date_time_ymd(2051, 1, 1);
        let cert = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let facts = Facts::read(cert.der()).unwrap();
        assert_eq!(facts.dns_names, ["example.com", "*.example.com"]);
        assert_eq!(facts.not_before, at_second(1_709_164_800).unwrap());
        assert_eq!(facts.not_after, at_second(2_556_144_000).unwrap());
        for end in 0..cert.der().len() {
            assert_eq!(Facts::read(&cert.der()[..end]), None);
        }
        for at in 0..cert.der().len() {
            let mut broken = cert.der().to_vec();
            broken[at] ^= 0xff;
            let _ = Facts::read(&broken);
        }
    }
}

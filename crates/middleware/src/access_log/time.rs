//! The time of day in UTC, as the formats write it. Most of the text is kept for as long as the second lasts.

use std::time::{Duration, SystemTime};

use super::number::write_padded;

const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";

/// The present second as text.
#[derive(Debug)]
pub(super) struct Clock {
    second: u64,
    common: Vec<u8>,
    rfc3339: Vec<u8>,
}

impl Clock {
    pub(super) const fn new() -> Self {
        Self { second: u64::MAX, common: Vec::new(), rfc3339: Vec::new() }
    }

    /// The time as in `[21/Nov/2026:15:28:54 +0000]`, of the Common Log Format.
    pub(super) fn common(&mut self) -> &[u8] {
        self.common_at(since_epoch())
    }

    /// Writes the time as RFC 3339 has it, with milliseconds: `2026-11-21T15:28:54.123Z`.
    pub(super) fn write_rfc3339(&mut self, out: &mut Vec<u8>) {
        self.write_rfc3339_at(since_epoch(), out);
    }

    fn common_at(&mut self, now: Duration) -> &[u8] {
        self.turn(now.as_secs());
        &self.common
    }

    fn write_rfc3339_at(&mut self, now: Duration, out: &mut Vec<u8>) {
        self.turn(now.as_secs());
        out.extend_from_slice(&self.rfc3339);
        out.push(b'.');
        write_padded(out, u64::from(now.subsec_millis()), 3);
        out.push(b'Z');
    }

    fn turn(&mut self, second: u64) {
        if self.second != second {
            self.second = second;
            let moment = Moment::of(second);
            self.common.clear();
            moment.write_common(&mut self.common);
            self.rfc3339.clear();
            moment.write_rfc3339(&mut self.rfc3339);
        }
    }
}

fn since_epoch() -> Duration {
    // A clock that is set before 1970 shows 1970.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

struct Moment {
    year: u64,
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
}

impl Moment {
    /// The civil date by Howard Hinnant's `civil_from_days`, for days since 1970: years begin in March, so that the leap
    /// day is the last of a year, and repeat every 400 (146 097 days).
    const fn of(seconds: u64) -> Self {
        let (days, of_day) = (seconds / 86_400 + 719_468, seconds % 86_400);
        let (era, of_era) = (days / 146_097, days % 146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        Self {
            year: year + era * 400 + if month <= 2 { 1 } else { 0 },
            month,
            day: of_year - (153 * from_march + 2) / 5 + 1,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
        }
    }

    fn write_common(&self, out: &mut Vec<u8>) {
        let name = (self.month as usize - 1) * 3;
        out.push(b'[');
        write_padded(out, self.day, 2);
        out.push(b'/');
        out.extend_from_slice(&MONTHS[name..name + 3]);
        out.push(b'/');
        write_padded(out, self.year, 4);
        out.push(b':');
        self.write_time(out);
        out.extend_from_slice(b" +0000]");
    }

    fn write_rfc3339(&self, out: &mut Vec<u8>) {
        write_padded(out, self.year, 4);
        out.push(b'-');
        write_padded(out, self.month, 2);
        out.push(b'-');
        write_padded(out, self.day, 2);
        out.push(b'T');
        self.write_time(out);
    }

    fn write_time(&self, out: &mut Vec<u8>) {
        for (index, part) in [self.hour, self.minute, self.second].into_iter().enumerate() {
            if index > 0 {
                out.push(b':');
            }
            write_padded(out, part, 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(millis: u64) -> (String, String) {
        let (mut clock, mut out) = (Clock::new(), Vec::new());
        let now = Duration::from_millis(millis);
        clock.write_rfc3339_at(now, &mut out);
        (String::from_utf8(clock.common_at(now).to_vec()).unwrap(), String::from_utf8(out).unwrap())
    }

    /// Checked against `date -u`.
    #[test]
    fn dates_are_those_of_the_calendar() {
        let cases = [
            (0, "[01/Jan/1970:00:00:00 +0000]", "1970-01-01T00:00:00.000Z"),
            (951_782_400_001, "[29/Feb/2000:00:00:00 +0000]", "2000-02-29T00:00:00.001Z"),
            (1_709_251_199_999, "[29/Feb/2024:23:59:59 +0000]", "2024-02-29T23:59:59.999Z"),
            (1_709_251_200_000, "[01/Mar/2024:00:00:00 +0000]", "2024-03-01T00:00:00.000Z"),
            (1_795_274_934_123, "[21/Nov/2026:15:28:54 +0000]", "2026-11-21T15:28:54.123Z"),
            (4_107_542_399_000, "[28/Feb/2100:23:59:59 +0000]", "2100-02-28T23:59:59.000Z"),
            (4_107_542_400_000, "[01/Mar/2100:00:00:00 +0000]", "2100-03-01T00:00:00.000Z"),
        ];
        for (millis, common, rfc3339) in cases {
            assert_eq!(both(millis), (common.into(), rfc3339.into()));
        }
    }

    #[test]
    fn the_text_moves_on_with_the_second() {
        let mut clock = Clock::new();
        assert!(clock.common_at(Duration::from_secs(59)).ends_with(b":00:59 +0000]"));
        assert!(clock.common_at(Duration::from_secs(60)).ends_with(b":01:00 +0000]"));
    }
}

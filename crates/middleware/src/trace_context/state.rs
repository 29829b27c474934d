//! Reading a `tracestate` (W3C Trace Context, §3.3): checked, and cut to what is carried on.

use http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Members of a list.
const MOST_MEMBERS: usize = 32;

/// Characters that are carried on, commas included: as many as have to be.
const MOST_CHARACTERS: usize = 512;

/// Characters of a member that goes before others when there are too many.
const LONG_MEMBER: usize = 128;

/// Characters of a key, and of a value.
const LONGEST_PART: usize = 256;

/// The state in these headers, all lines of it as one list; `None` if there is none, or if it is malformed.
pub(super) fn state_of(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut values = headers.get_all(TRACESTATE).iter();
    let (first, further) = (values.next()?, values.next());
    let mut members = Members::default();
    for value in headers.get_all(TRACESTATE) {
        members.read(value.as_bytes())?;
    }
    if further.is_none() && first.len() <= MOST_CHARACTERS && members.count > 0 {
        return Some(first.clone());
    }
    members.shorten();
    members.write()
}

#[derive(Debug, Default)]
struct Members<'a> {
    list: [&'a [u8]; MOST_MEMBERS],
    count: usize,
}

impl<'a> Members<'a> {
    /// Adds those of one field line. Empty ones are none.
    fn read(&mut self, line: &'a [u8]) -> Option<()> {
        for member in line.split(|&byte| byte == b',') {
            let member = without_space(member);
            if member.is_empty() {
                continue;
            }
            *self.list.get_mut(self.count).filter(|_| is_member(member))? = member;
            self.count += 1;
        }
        Some(())
    }

    /// Leaves out whole members until the rest is short enough: long ones first, then the last (§3.3, tracestate Limits).
    fn shorten(&mut self) {
        while self.length() > MOST_CHARACTERS {
            let long = self.list[..self.count].iter().rposition(|member| member.len() > LONG_MEMBER);
            let index = long.unwrap_or(self.count - 1);
            self.list.copy_within(index + 1..self.count, index);
            self.count -= 1;
        }
    }

    fn length(&self) -> usize {
        let characters: usize = self.list[..self.count].iter().map(|member| member.len()).sum();
        characters + self.count.saturating_sub(1)
    }

    fn write(&self) -> Option<HeaderValue> {
        let text = self.list[..self.count].join(&b","[..]);
        (!text.is_empty()).then(|| text.try_into().ok()).flatten()
    }
}

/// Without the optional white space of HTTP around it.
fn without_space(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

fn is_member(member: &[u8]) -> bool {
    let Some(equals) = member.iter().position(|&byte| byte == b'=') else { return false };
    is_key(&member[..equals]) && is_value(&member[equals + 1..])
}

/// As Level 2 has it; every key of Level 1 is one.
fn is_key(key: &[u8]) -> bool {
    let is_first = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_further = |&byte: &u8| is_first(byte) || b"_-*/@".contains(&byte);
    key.len() <= LONGEST_PART && key.first().copied().is_some_and(is_first) && key.iter().all(is_further)
}

/// Printable ASCII without comma and equals sign, not blank at the end.
fn is_value(value: &[u8]) -> bool {
    let is_part = |&byte: &u8| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=';
    value.len() <= LONGEST_PART && !matches!(value, [] | [.., b' ']) && value.iter().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(lines: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(TRACESTATE, HeaderValue::from_bytes(line.as_bytes()).unwrap());
        }
        state_of(&headers).map(|value| value.to_str().unwrap().into())
    }

    fn kept(line: &str) -> bool {
        state(&[line]).as_deref() == Some(line)
    }

    #[test]
    fn a_good_list_passes_as_it_is() {
        let longest = "k".repeat(256);
        for line in [
            "foo=1",
            "foo=1,bar=2",
            "foo=1 ,\tbar= 2",
            "foo=1,,bar=2",
            "0a_-*/@b= !\"#;<>?@~",
            "tenant@system=x",
            &format!("{longest}=1"),
            &format!("k={}", "v".repeat(256)),
        ] {
            assert!(kept(line), "{line}");
        }
    }

    #[test]
    fn lines_are_one_list() {
        assert_eq!(state(&["foo=1", "bar=2 "]).unwrap(), "foo=1,bar=2");
        assert_eq!(state(&["", "foo=1", " , "]).unwrap(), "foo=1");
        assert_eq!(state(&["", " "]), None);
        assert_eq!(state(&[""]), None);
        assert_eq!(state(&[]), None);
    }

    #[test]
    fn one_bad_member_spoils_the_list() {
        let too_long = "k".repeat(257);
        for line in [
            "foo",
            "=1",
            "foo=",
            "foo= ",
            "foo=1=2",
            "Foo=1",
            "@foo=1",
            "fo o=1",
            "foo =1",
            "foo.bar=1",
            "foo=\u{e9}",
            "foo=a\tb",
            "foo=1;bar=2,baz",
            &format!("{too_long}=1"),
            &format!("k={}", "v".repeat(257)),
        ] {
            assert_eq!(state(&[line]), None, "{line}");
            assert_eq!(state(&["good=1", line]), None, "{line}");
        }
    }

    #[test]
    fn there_are_32_members_at_most() {
        let list = |count| (0..count).map(|index| format!("k{index}=1")).collect::<Vec<_>>().join(",");
        assert!(kept(&list(32)));
        assert_eq!(state(&[&list(33)]), None);
        assert_eq!(state(&[&list(16), &list(17)]), None);
    }

    #[test]
    fn what_is_too_long_is_shortened_by_whole_members() {
        let (long, short) = ("l".repeat(198), "s".repeat(98));
        // Four of 100 and one of 200, with commas 604: the long one goes.
        let list = format!("a={short},b={long},c={short},d={short},e={short}");
        assert_eq!(state(&[&list]).unwrap(), format!("a={short},c={short},d={short},e={short}"));
        // Six of 100, with commas 605: the last goes.
        let list = ["a", "b", "c", "d", "e", "f"].map(|key| format!("{key}={short}"));
        assert_eq!(state(&[&list.join(",")]).unwrap(), list[..5].join(","));
        // 512 may stay.
        let list = format!("a={},b={}", "v".repeat(253), "w".repeat(254));
        assert_eq!(list.len(), 512);
        assert!(kept(&list));
        assert_eq!(state(&[&format!("{list},c=1")]).unwrap(), format!("a={},c=1", "v".repeat(253)));
    }
}

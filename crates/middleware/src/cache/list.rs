//! Members of a comma-separated field, with regard to quotes (RFC 9110 §5.6.1).

/// Whether a backslash in quotes quotes what follows: so in a quoted string (RFC 9110 §5.6.4), not in an entity tag (§8.8.3).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    String,
    EntityTag,
}

/// The members of one field line, trimmed, the empty ones left out.
pub(super) fn members(line: &[u8], quotes: Quotes) -> Members<'_> {
    Members { rest: line, quotes }
}

pub(super) struct Members<'a> {
    rest: &'a [u8],
    quotes: Quotes,
}

impl<'a> Iterator for Members<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = end_of_member(self.rest, self.quotes);
            let member = self.rest[..end].trim_ascii();
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    }
}

fn end_of_member(line: &[u8], quotes: Quotes) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    for (index, &byte) in line.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted && quotes == Quotes::String,
            b'"' => quoted = !quoted,
            b',' if !quoted => return index,
            _ => {}
        }
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str, quotes: Quotes) -> Vec<&str> {
        members(line.as_bytes(), quotes).map(|member| str::from_utf8(member).unwrap()).collect()
    }

    #[test]
    fn commas_in_quotes_are_no_ends() {
        assert_eq!(split(" a ,, b=\"x, y\" ,c,", Quotes::String), ["a", "b=\"x, y\"", "c"]);
        assert_eq!(split("a=\"\\\",b\",c", Quotes::String), ["a=\"\\\",b\"", "c"]);
        assert_eq!(split("\"a\\\",\"b,c\"", Quotes::EntityTag), ["\"a\\\"", "\"b,c\""]);
        assert_eq!(split("", Quotes::String), [""; 0]);
    }
}

//! Bytes that a client can send only once it has been answered: `{cookie:NAME}` stands for the value of the cookie as an
//! answer set it last, `{field:NAME}` for the value of the field in the last answer that has it.

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{Fault, Response, escape};

/// The bytes, with places for what an answer said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Plain(Vec<u8>),
    Cookie(String),
    Field(String),
}

impl Reply {
    fn parse(text: &str) -> Result<Self, Fault> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some(at) = ["{cookie:", "{field:"].iter().filter_map(|start| rest.find(start)).min() {
            let (plain, behind) = rest.split_at(at);
            parts.push(Part::Plain(escape::decode(plain)?));
            let (place, after) = behind.split_once('}').unwrap_or((behind, ""));
            parts.push(match place.split_once(':') {
                Some(("{cookie", name)) if !name.is_empty() => Part::Cookie(name.to_owned()),
                Some(("{field", name)) if !name.is_empty() => Part::Field(name.to_owned()),
                _ => return Err(Fault::new(format!("`{place}` names no cookie and no field"))),
            });
            rest = after;
        }
        parts.push(Part::Plain(escape::decode(rest)?));
        Ok(Self(parts))
    }

    /// The bytes after these answers.
    ///
    /// # Errors
    /// No answer has said what belongs in one of the places.
    pub(crate) fn after(&self, answers: &[Response]) -> Result<Vec<u8>, Fault> {
        let parts = self.0.iter().map(|part| match part {
            Part::Plain(bytes) => Ok(bytes.clone()),
            Part::Cookie(name) => cookie(answers, name)
                .map(latin1)
                .ok_or_else(|| Fault::new(format!("no answer has set the cookie {name}"))),
            Part::Field(name) => answers
                .iter()
                .rev()
                .find_map(|answer| answer.field(name))
                .map(|value| latin1(&value))
                .ok_or_else(|| Fault::new(format!("no answer has the field {name}"))),
        });
        parts.collect::<Result<Vec<_>, _>>().map(|parts| parts.concat())
    }
}

/// The value as it was set last, escapes and all.
fn cookie<'a>(answers: &'a [Response], name: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix('=')?.split(';').next();
    answers.iter().rev().find_map(|answer| answer.lines("set-cookie").filter_map(value).last())
}

/// An answer has one char for each byte.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(char).unwrap_or(b'?')).collect()
}

impl<'de> Deserialize<'de> for Reply {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, Parsed, parse};

    fn answers(heads: &[&str]) -> Vec<Response> {
        let one = |fields: &&str| {
            let bytes =
                format!("HTTP/1.1 204 No Content\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n{fields}\r\n");
            match parse(bytes.as_bytes(), Asked::Other, false).unwrap() {
                Parsed::Complete(answer) => answer,
                other => panic!("{other:?}"),
            }
        };
        heads.iter().map(one).collect()
    }

    #[test]
    fn what_was_said_last_is_sent_back() {
        let answers = answers(&[
            "Set-Cookie: a=1; Path=/\r\nETag: \"x\"\r\n",
            "Set-Cookie: a=2\r\nSet-Cookie: ab=3\r\n",
        ]);
        let reply = Reply::parse("C: a={cookie:a}\\r\\nE: {field:etag}{repeat:2:!}").unwrap();
        assert_eq!(reply.after(&answers).unwrap(), b"C: a=2\r\nE: \"x\"!!");
        assert!(Reply::parse("{cookie:b}").unwrap().after(&answers).is_err());
        assert!(Reply::parse("{field:age}").unwrap().after(&answers).is_err());
    }

    #[test]
    fn slips_are_told() {
        for slip in ["{cookie:}", "{field:", "\\q{cookie:a}"] {
            assert!(Reply::parse(slip).is_err(), "{slip}");
        }
    }
}

//! The atoms of templates, with gunicorn's names.

use http::HeaderName;
use http::header::{AUTHORIZATION, REFERER, USER_AGENT};

use super::super::escape::Escape;
use super::super::number::{write_number, write_padded};
use super::super::scratch::Scratch;
use super::super::wanted::{Picked, Treatment, Wanted, at};
use super::AccessLogFormatError;
use super::template::Line;

/// One thing that a template shows. Header fields are given by their place among the wanted ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Atom {
    Client,
    Dash,
    User(usize),
    Time,
    RequestLine { protocol: bool },
    Method,
    Path,
    Query,
    Protocol,
    Scheme,
    Status,
    Phrase,
    Bytes { dash: bool },
    Seconds,
    Milliseconds,
    Microseconds,
    Decimal,
    Pid,
    Worker,
    Cut,
    Asked(usize),
    Answered(usize),
}

impl Atom {
    pub(super) fn named(
        name: &str,
        asked: &mut Wanted,
        answered: &mut Wanted,
    ) -> Result<Self, AccessLogFormatError> {
        Ok(match name {
            "h" => Self::Client,
            "l" => Self::Dash,
            "u" => Self::User(asked.add(&AUTHORIZATION, Treatment::User)),
            "t" => Self::Time,
            "r" => Self::RequestLine { protocol: true },
            "R" => Self::RequestLine { protocol: false },
            "m" => Self::Method,
            "U" => Self::Path,
            "q" => Self::Query,
            "H" => Self::Protocol,
            "S" => Self::Scheme,
            "s" => Self::Status,
            "st" => Self::Phrase,
            "B" => Self::Bytes { dash: false },
            "b" => Self::Bytes { dash: true },
            "T" => Self::Seconds,
            "M" => Self::Milliseconds,
            "D" => Self::Microseconds,
            "L" => Self::Decimal,
            "p" => Self::Pid,
            "w" => Self::Worker,
            "X" => Self::Cut,
            "f" => Self::Asked(asked.add(&REFERER, Treatment::of(&REFERER))),
            "a" => Self::Asked(asked.add(&USER_AGENT, Treatment::of(&USER_AGENT))),
            _ => return Self::field(name, asked, answered),
        })
    }

    /// `{name}i` or `{name}o`.
    fn field(name: &str, asked: &mut Wanted, answered: &mut Wanted) -> Result<Self, AccessLogFormatError> {
        let unknown = || AccessLogFormatError::template(format_args!("does not know %({name})s"));
        let inner = name.strip_prefix('{').ok_or_else(unknown)?;
        let (field, side) = inner.split_once('}').ok_or_else(unknown)?;
        let Ok(field) = field.parse::<HeaderName>() else {
            let reason = format_args!("asks for {field:?}, which is no name of a header");
            return Err(AccessLogFormatError::template(reason));
        };
        let treatment = Treatment::of(&field);
        match side {
            "i" => Ok(Self::Asked(asked.add(&field, treatment))),
            "o" => Ok(Self::Answered(answered.add(&field, treatment))),
            _ => Err(unknown()),
        }
    }

    /// Whether it shows how long the request took.
    pub(super) const fn is_timed(self) -> bool {
        matches!(self, Self::Seconds | Self::Milliseconds | Self::Microseconds | Self::Decimal)
    }

    pub(super) fn write(self, line: &Line<'_>, scratch: &mut Scratch) {
        let (record, out) = (line.record, &mut scratch.line);
        match self {
            Self::Time => out.extend_from_slice(scratch.clock.common()),
            Self::Client => record.client.write_ip(out),
            Self::Status => write_number(out, u64::from(record.status)),
            Self::Bytes { dash: true } if record.bytes == 0 => out.push(b'-'),
            Self::Bytes { .. } => write_number(out, record.bytes),
            Self::Asked(index) => write_field(out, &record.asked, index, line, line.lines.asked()),
            Self::Answered(index) => write_field(out, &record.answered, index, line, line.lines.answered()),
            Self::User(index) => match at(&record.asked, index) {
                Some(user) if record.status != 401 => Escape::Text.write_value(out, user),
                _ => out.push(b'-'),
            },
            Self::Seconds | Self::Milliseconds | Self::Microseconds | Self::Decimal => {
                self.write_duration(line, out);
            }
            Self::Pid => {
                out.push(b'<');
                write_number(out, u64::from(line.around.pid));
                out.push(b'>');
            }
            Self::Worker => match line.around.worker {
                Some(worker) => write_number(out, u64::from(worker)),
                None => out.push(b'-'),
            },
            _ => self.write_request(line, out),
        }
    }

    /// What is text from the request, or fixed.
    fn write_request(self, line: &Line<'_>, out: &mut Vec<u8>) {
        let (record, secrets) = (line.record, &line.lines.secrets);
        let fixed = match self {
            Self::RequestLine { protocol } => {
                out.extend_from_slice(record.method.as_str().as_bytes());
                out.push(b' ');
                secrets.write_uri(out, record.target().as_bytes(), Escape::Text);
                if protocol {
                    out.push(b' ');
                    out.extend_from_slice(record.protocol().as_bytes());
                }
                return;
            }
            Self::Path => return Escape::Text.write(out, record.uri.path().as_bytes()),
            Self::Query => {
                let query = record.uri.query().unwrap_or_default();
                return secrets.write_query(out, query.as_bytes(), Escape::Text);
            }
            Self::Method => record.method.as_str(),
            Self::Protocol => record.protocol(),
            Self::Scheme => record.client.scheme(),
            Self::Phrase => record.phrase(),
            Self::Cut if record.cut => "X",
            _ => "-",
        };
        out.extend_from_slice(fixed.as_bytes());
    }

    fn write_duration(self, line: &Line<'_>, out: &mut Vec<u8>) {
        let took = line.took;
        match self {
            Self::Seconds => write_number(out, took.as_secs()),
            Self::Milliseconds => write_number(out, took.as_millis() as u64),
            Self::Microseconds => write_number(out, took.as_micros() as u64),
            _ => {
                write_number(out, took.as_secs());
                out.push(b'.');
                write_padded(out, u64::from(took.subsec_micros()), 6);
            }
        }
    }
}

fn write_field(out: &mut Vec<u8>, picked: &Picked, index: usize, line: &Line<'_>, wanted: &Wanted) {
    match at(picked, index) {
        None => out.push(b'-'),
        Some(value) => line.lines.secrets.write_field(out, value, wanted.treatment(index), Escape::Text),
    }
}

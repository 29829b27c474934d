//! [`AccessLogFormat`]: what a line looks like.

mod atom;
mod error;
mod json;
mod template;
mod uvicorn;

use std::fmt;
use std::str::FromStr;

use hyperserve_core::nearest;

pub use self::error::AccessLogFormatError;
use self::json::JsonFormat;
use self::template::Template;
use super::config::AccessLogConfig;
use super::record::Record;
use super::scratch::Scratch;
use super::secrets::Secrets;
use super::wanted::Wanted;

const COMMON: &str = r#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s"#;
const COMBINED: &str = r#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#;
const NAMES: [&str; 4] = ["uvicorn", "common", "combined", "json"];

/// What a line looks like; [`uvicorn`](Self::uvicorn) unless told otherwise.
///
/// Written as `uvicorn`, `common`, `combined`, `json`, or a template.
///
/// ```
/// use hyperserve_middleware::access_log::AccessLogFormat;
///
/// let format: AccessLogFormat = "%(h)s \"%(r)s\" %(s)s in %(M)s ms".parse()?;
/// assert_eq!(format.to_string(), "%(h)s \"%(r)s\" %(s)s in %(M)s ms");
///
/// let error = "jsn".parse::<AccessLogFormat>().unwrap_err();
/// assert_eq!(error.to_string(), "the access log format \"jsn\" is none of uvicorn, common, combined, json, nor a template; json?");
/// # Ok::<(), hyperserve_middleware::access_log::AccessLogFormatError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct AccessLogFormat {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Uvicorn,
    Common,
    Combined,
    Json,
    Template(Template),
}

impl AccessLogFormat {
    /// What uvicorn writes: `INFO:     192.0.2.1:5000 - "GET /x HTTP/1.1" 200 OK`.
    ///
    /// A WebSocket handshake is `192.0.2.1:5000 - "WebSocket /x" [accepted]`, or the status in place of `[accepted]`.
    /// With colours, the level is green, the request line bold, and the status white, green, yellow, red or bright red by
    /// its class.
    pub const fn uvicorn() -> Self {
        Self { kind: Kind::Uvicorn }
    }

    /// The Common Log Format: `192.0.2.1 - ann [21/Nov/2026:15:28:54 +0000] "GET /x HTTP/1.1" 200 5`. Times are in UTC.
    pub const fn common() -> Self {
        Self { kind: Kind::Common }
    }

    /// The Common Log Format, `Referer` and `User-Agent` in quotes after it.
    pub const fn combined() -> Self {
        Self { kind: Kind::Combined }
    }

    /// One JSON object a line. What is not known is left out.
    ///
    /// | member | |
    /// |---|---|
    /// | `time` | RFC 3339, UTC, milliseconds |
    /// | `client`, `port` | the client's address; the port if no proxy hides it |
    /// | `method`, `target`, `protocol` | the request line |
    /// | `status`, `bytes` | of the response; the bytes of its body |
    /// | `duration_ms` | milliseconds, with three decimals |
    /// | `host`, `scheme` | that the client asked for |
    /// | `referer`, `user_agent`, `request_id` | from headers |
    /// | `headers` | an object of the headers asked for by name |
    /// | `worker`, `pid` | who answered |
    /// | `cut` | `true` if the body did not come to its end |
    /// | `sample` | the line stands for so many |
    pub const fn json() -> Self {
        Self { kind: Kind::Json }
    }

    /// A template as gunicorn has it: text with atoms `%(…)s`, and `%%` for a percent sign.
    ///
    /// | atom | | atom | |
    /// |---|---|---|---|
    /// | `h` | client address | `s` | status |
    /// | `l` | `-` | `st` | reason phrase |
    /// | `u` | user name of HTTP Basic; `-` when the status is 401 | `B` | bytes of the body |
    /// | `t` | time, as in the Common Log Format | `b` | the same, `-` if none |
    /// | `r` | request line | `T` | seconds it took |
    /// | `R` | request line without protocol | `M` | milliseconds it took |
    /// | `m` | method | `D` | microseconds it took |
    /// | `U` | path without query | `L` | seconds it took, with six decimals |
    /// | `q` | query | `p` | process id, in `<>` |
    /// | `H` | protocol | `w` | index of the worker |
    /// | `S` | scheme | `X` | `X` if the body was cut, else `-` |
    /// | `f` | `Referer` | `{name}i` | request header |
    /// | `a` | `User-Agent` | `{name}o` | response header |
    ///
    /// # Errors
    ///
    /// An atom that is none of these, or is not closed; control characters.
    pub fn template(text: &str) -> Result<Self, AccessLogFormatError> {
        Template::compile(text).map(|template| Self { kind: Kind::Template(template) })
    }
}

impl Default for AccessLogFormat {
    fn default() -> Self {
        Self::uvicorn()
    }
}

impl fmt::Display for AccessLogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.kind {
            Kind::Uvicorn => NAMES[0],
            Kind::Common => NAMES[1],
            Kind::Combined => NAMES[2],
            Kind::Json => NAMES[3],
            Kind::Template(template) => template.text(),
        })
    }
}

impl FromStr for AccessLogFormat {
    type Err = AccessLogFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "uvicorn" => Ok(Self::uvicorn()),
            "common" => Ok(Self::common()),
            "combined" => Ok(Self::combined()),
            "json" => Ok(Self::json()),
            _ if text.contains('%') => Self::template(text),
            _ => Err(AccessLogFormatError::unknown(text, nearest(text, NAMES))),
        }
    }
}

/// A format with all that it depends on, ready to write lines.
#[derive(Debug)]
pub(super) struct Lines {
    writer: LineWriter,
    secrets: Secrets,
    asked: Wanted,
    answered: Wanted,
}

#[derive(Debug)]
enum LineWriter {
    Uvicorn { colors: bool },
    Template(Template, template::Surroundings),
    Json(JsonFormat),
}

impl Lines {
    /// # Errors
    ///
    /// None for the formats of this module: their templates are good.
    pub(super) fn new(config: &AccessLogConfig, colors: bool) -> Result<Self, AccessLogFormatError> {
        let template = |template| LineWriter::Template(template, template::Surroundings::of(config));
        let writer = match &config.format.kind {
            Kind::Uvicorn => LineWriter::Uvicorn { colors },
            Kind::Common => template(Template::compile(COMMON)?),
            Kind::Combined => template(Template::compile(COMBINED)?),
            Kind::Template(own) => template(own.clone()),
            Kind::Json => LineWriter::Json(JsonFormat::new(config)),
        };
        let (mut asked, mut answered) = match &writer {
            LineWriter::Uvicorn { .. } => (Wanted::default(), Wanted::default()),
            LineWriter::Template(template, _) => template.wanted(),
            LineWriter::Json(json) => json.wanted(),
        };
        let secrets = Secrets::new(&config.secrets);
        asked.redact(&secrets);
        answered.redact(&secrets);
        Ok(Self { writer, secrets, asked, answered })
    }

    /// The request's fields that lines show.
    pub(super) const fn asked(&self) -> &Wanted {
        &self.asked
    }

    /// The response's fields that lines show.
    pub(super) const fn answered(&self) -> &Wanted {
        &self.answered
    }

    pub(super) const fn tells_websockets(&self) -> bool {
        matches!(self.writer, LineWriter::Uvicorn { .. })
    }

    /// Writes a line, its end included.
    pub(super) fn write(&self, record: &Record, scratch: &mut Scratch) {
        match &self.writer {
            LineWriter::Uvicorn { colors } => {
                uvicorn::write(record, *colors, &self.secrets, &mut scratch.line);
            }
            LineWriter::Template(template, around) => template.write(record, around, self, scratch),
            LineWriter::Json(json) => json.write(record, self, scratch),
        }
        scratch.line.push(b'\n');
    }
}

#[cfg(test)]
mod tests;

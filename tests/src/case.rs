//! A case as its file states it: what is sent, what must come back, and what becomes of the connection.

use std::{collections::BTreeMap, path::Path, time::Duration};

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{Asked, Fault, escape};

/// One exchange over one connection. The fields are explained in `spec/README.md`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique over all files, lower case with hyphens.
    pub id: String,
    /// The rule, as a sentence.
    pub title: String,
    /// The sections that state the rule, such as `9112 §6.1`; a rule of ours names its settings instead.
    pub rfc: Vec<String>,
    /// Settings the server is started with: name to value, as `--set` takes them.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Bytes of the only step, when one is enough.
    #[serde(default)]
    pub send: Option<Bytes>,
    /// What the client does, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The answers that must come, in order; 1xx count.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// Status of a refusal that must come after `answers`: a problem, announced with `Connection: close`.
    #[serde(default)]
    pub refused: Option<u16>,
    /// Bytes that must follow the answers, once a tunnel is open.
    #[serde(default)]
    pub tunnel: Option<Bytes>,
    /// What becomes of the connection; without it `close` after a refusal, else `keep`.
    #[serde(default)]
    pub then: Option<Fate>,
    /// The end must not come earlier than this after the connection was opened.
    #[serde(default, deserialize_with = "time")]
    pub close_after: Option<Duration>,
    /// The end must have come by this time after the connection was opened.
    #[serde(default, deserialize_with = "time")]
    pub close_within: Option<Duration>,
    /// The close need not be announced by the last answer's `Connection: close`.
    #[serde(default)]
    pub unannounced: bool,
    /// The client reads nothing until its steps are done.
    #[serde(default)]
    pub deaf: bool,
    /// Kept-alive connections that are opened (one answered request each) before this case's own.
    #[serde(default)]
    pub holders: usize,
}

impl Case {
    /// The steps, `send` being one of them.
    #[must_use]
    pub fn script(&self) -> Vec<Step> {
        let first = self.send.iter().cloned().map(Step::Send);
        first.chain(self.steps.iter().cloned()).collect()
    }

    /// All answers that must come, the refusal included.
    #[must_use]
    pub fn expected(&self) -> Vec<Answer> {
        self.answers.iter().cloned().chain(self.refused.map(Answer::refusal)).collect()
    }

    /// What becomes of the connection.
    #[must_use]
    pub fn fate(&self) -> Fate {
        self.then.unwrap_or(if self.refused.is_some() { Fate::Close } else { Fate::Keep })
    }

    /// Whether the case needs a server of its own, because it fills or ends it.
    #[must_use]
    pub fn alone(&self) -> bool {
        self.holders > 0 || self.steps.iter().any(|step| matches!(step, Step::Terminate(_)))
    }

    fn check(&self) -> Result<(), Fault> {
        let wrong = |what: &str| Err(Fault::new(format!("case {}: {what}", self.id)));
        if self.id.is_empty()
            || !self.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return wrong("the id is not of lower-case letters, digits and hyphens");
        }
        if self.rfc.is_empty() {
            return wrong("no section is named");
        }
        if self.send.is_some() && !self.steps.is_empty() {
            return wrong("both `send` and `steps`");
        }
        Ok(())
    }
}

/// One thing the client does.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Write these bytes.
    Send(Bytes),
    /// Write one byte, wait, write the next.
    Trickle {
        /// What is written.
        text: Bytes,
        /// The wait between two bytes.
        #[serde(deserialize_with = "duration")]
        every: Duration,
    },
    /// Write nothing for this long.
    Pause(#[serde(deserialize_with = "duration")] Duration),
    /// Wait until this many answers (1xx included) are complete.
    Await(usize),
    /// Close the sending side; the value says nothing.
    HalfClose(bool),
    /// Ask the server to end (SIGTERM); it must exit with code 0.
    Terminate(bool),
}

/// What becomes of the connection after the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Stays usable: a further request is answered.
    Keep,
    /// The server closes it in good order.
    Close,
    /// The server closes or resets it.
    Gone,
    /// Either, but as the last answer's `Connection` announced.
    KeepOrClose,
    /// Open and silent.
    Open,
}

/// What an answer must look like; what is not named is free.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The request's method where it decides the answer's framing.
    #[serde(default)]
    pub to: Asked,
    /// Fields and their exact values; a repeated field is joined with `, `.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Fields and the exact values of their lines, in order.
    #[serde(default)]
    pub lines: BTreeMap<String, Vec<String>>,
    /// Fields that must be there.
    #[serde(default)]
    pub present: Vec<String>,
    /// Fields that must not be there.
    #[serde(default)]
    pub absent: Vec<String>,
    /// The exact content.
    #[serde(default)]
    pub body: Option<Bytes>,
    /// The content's length in bytes.
    #[serde(default)]
    pub length: Option<usize>,
    /// JSON pointers into the content and the text each must point to.
    #[serde(default)]
    pub json: BTreeMap<String, String>,
    /// Pointers that must lead nowhere.
    #[serde(default)]
    pub json_absent: Vec<String>,
    /// The content is problem details for this status (RFC 9457).
    #[serde(default)]
    pub problem: bool,
    /// Whether the content is sent in chunks.
    #[serde(default)]
    pub chunked: Option<bool>,
    /// The trailer fields, exactly.
    #[serde(default)]
    pub trailers: Option<BTreeMap<String, String>>,
    /// The content must break off before its end.
    #[serde(default)]
    pub truncated: bool,
    /// The answer may be missing.
    #[serde(default)]
    pub optional: bool,
    /// The answer must not be complete earlier than this after the connection was opened.
    #[serde(default, deserialize_with = "time")]
    pub after: Option<Duration>,
    /// The answer must be complete by this time after the connection was opened.
    #[serde(default, deserialize_with = "time")]
    pub within: Option<Duration>,
}

impl Answer {
    fn refusal(status: u16) -> Self {
        Self { status, problem: true, ..Self::default() }
    }
}

/// Bytes in the notation of case files, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        escape::decode(&text).map(Bytes).map_err(D::Error::custom)
    }
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    duration(from).map(Some)
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse_duration(&text)
        .ok_or_else(|| D::Error::custom(format!("`{text}` is no duration such as 1s or 300ms")))
}

fn parse_duration(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(number) => number.parse().ok().map(Duration::from_millis),
        None => text.strip_suffix('s')?.parse().ok().map(Duration::from_secs),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

/// The cases of one TOML file.
///
/// # Errors
/// The file cannot be read, is no TOML, or a case in it is not well-formed.
pub fn parse_file(path: &Path) -> Result<Vec<Case>, Fault> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| Fault::new(format!("{name}: {error}")))?;
    let file: File = toml::from_str(&text).map_err(|error| Fault::new(format!("{name}: {error}")))?;
    file.case.iter().try_for_each(Case::check)?;
    Ok(file.case)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str) -> Result<Case, String> {
        let file: File = toml::from_str(&format!("[[case]]\n{text}")).map_err(|error| error.to_string())?;
        let case = file.case.into_iter().next().unwrap();
        case.check().map(|()| case).map_err(|fault| fault.to_string())
    }

    #[test]
    fn a_refusal_is_an_answer_and_closes() {
        let case = case("id='a'\ntitle='t'\nrfc=['9112 §3']\nsend='x'\nrefused=400").unwrap();
        assert_eq!(case.expected()[0].status, 400);
        assert!(case.expected()[0].problem);
        assert_eq!(case.fate(), Fate::Close);
    }

    #[test]
    fn steps_of_every_kind() {
        let text = "id='a'\ntitle='t'\nrfc=['9112']\nsteps=[{send='a'},{pause='5ms'},{await=1},{half_close=true},\
                    {trickle={text='xy',every='1s'}},{terminate=true}]";
        assert_eq!(case(text).unwrap().script().len(), 6);
        assert!(case(text).unwrap().alone());
    }

    #[test]
    fn slips_are_told() {
        for slip in [
            "id='A b'\ntitle='t'\nrfc=['1']",
            "id='a'\ntitle='t'\nrfc=[]",
            "id='a'\ntitle='t'\nrfc=['1']\nsend='x'\nsteps=[{send='y'}]",
            "id='a'\ntitle='t'\nrfc=['1']\nclose_after='soon'",
            "id='a'\ntitle='t'\nrfc=['1']\nunknown=1",
        ] {
            assert!(case(slip).is_err(), "{slip}");
        }
    }
}

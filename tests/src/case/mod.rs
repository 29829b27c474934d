//! A case as its file states it: what is sent, what must come back, and what becomes of the connection.

mod answer;
mod file;
mod notation;
mod pattern;
mod reply;
mod settings;
mod socket;

use std::{collections::BTreeMap, time::Duration};

use serde::Deserialize;

use self::notation::{duration, time};
pub use self::{
    answer::{Answer, SetCookie},
    file::{CaseFile, parse_file},
    notation::{Bytes, Hex},
    pattern::Pattern,
    reply::Reply,
    settings::{Settings, Start},
    socket::{Awaited, Opcode, SentFrame},
};
use crate::{Fault, socket::handshake};

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
    /// Environment variables the server is started with.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Files of the folder the server is started in: name to text.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Why the case cannot be played in process, in a file whose others can.
    #[serde(default)]
    pub needs_socket: Option<String>,
    /// Path of a WebSocket that is opened before the steps are taken.
    #[serde(default)]
    pub socket: Option<String>,
    /// Field lines that its handshake has besides those that every handshake has.
    #[serde(default)]
    pub socket_fields: Vec<String>,
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
    /// Bytes that another connection has sent before this one is opened; its answers are not looked at.
    #[serde(default)]
    pub beside: Option<Bytes>,
    /// Fields whose value differs from answer to answer.
    #[serde(default)]
    pub distinct: Vec<String>,
}

impl Case {
    /// The steps, `send` being one of them, and a WebSocket's handshake before all.
    #[must_use]
    pub fn script(&self) -> Vec<Step> {
        let handshake = self.socket.iter().flat_map(|path| {
            let request = handshake(path, &self.socket_fields);
            [Step::Send(Bytes(request)), Step::Await(1)]
        });
        let first = self.send.iter().cloned().map(Step::Send);
        handshake.chain(first).chain(self.steps.iter().cloned()).collect()
    }

    /// All answers that must come, the refusal included; a WebSocket is accepted unless they say otherwise.
    #[must_use]
    pub fn expected(&self) -> Vec<Answer> {
        let implied = self.socket.is_some() && self.answers.is_empty() && self.refused.is_none();
        let accepted = implied.then(|| Answer { status: 101, ..Answer::default() });
        let answers = accepted.into_iter().chain(self.answers.iter().cloned());
        answers.chain(self.refused.map(Answer::refusal)).collect()
    }

    /// What becomes of the connection.
    #[must_use]
    pub fn fate(&self) -> Fate {
        let closed = |step: &Step| matches!(step, Step::Expect(awaited) if awaited.op == Opcode::CLOSE);
        let ends = self.refused.is_some() || self.steps.iter().any(closed);
        self.then.unwrap_or(if ends { Fate::Close } else { Fate::Keep })
    }

    /// With what the server is started.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings { set: self.set.clone(), env: self.env.clone(), files: self.files.clone(), args: Vec::new() }
    }

    /// Whether the case needs a server of its own, because it fills or ends it.
    #[must_use]
    pub fn alone(&self) -> bool {
        let others = self.holders > 0 || self.beside.is_some();
        others || self.steps.iter().any(|step| matches!(step, Step::Terminate(_)))
    }

    /// What of the case only a connection has, if anything: without it the case can be played in process.
    fn of_the_connection(&self) -> Option<&'static str> {
        let steps = self.script().iter().all(|step| matches!(step, Step::Send(_) | Step::Await(_)));
        let ends = self.close_after.is_some() || self.close_within.is_some() || self.unannounced;
        let times = |answer: &Answer| answer.after.is_some() || answer.within.is_some();
        [
            (!steps, "a step that is neither `send` nor `await`"),
            (!self.env.is_empty() || !self.files.is_empty(), "`env` or `files`"),
            (self.refused.is_some(), "`refused`"),
            (self.tunnel.is_some() || self.socket.is_some(), "`tunnel` or `socket`"),
            (ends, "a bound on the connection's end"),
            (self.deaf, "`deaf`"),
            (self.holders > 0 || self.beside.is_some(), "`holders` or `beside`"),
            (
                self.answers.iter().any(|answer| times(answer) || answer.optional),
                "`after`, `within` or `optional`",
            ),
        ]
        .into_iter()
        .find_map(|(there, what)| there.then_some(what))
    }

    fn check(&self) -> Result<(), Fault> {
        let wrong = |what: &str| Err(Fault::new(format!("case {}: {what}", self.id)));
        if !settings::is_id(&self.id) {
            return wrong("the id is not of lower-case letters, digits and hyphens");
        }
        if self.rfc.is_empty() {
            return wrong("no section is named");
        }
        if self.send.is_some() && !self.steps.is_empty() {
            return wrong("both `send` and `steps`");
        }
        if self.socket.is_none() && !self.socket_fields.is_empty() {
            return wrong("`socket_fields` without `socket`");
        }
        let told = |fault: Fault| Fault::new(format!("case {}: {fault}", self.id));
        self.steps.iter().try_for_each(|step| step.check().map_err(told))
    }
}

/// One thing the client does.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Write these bytes.
    Send(Bytes),
    /// Write these bytes, in which is what an earlier answer said.
    Reply(Reply),
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
    /// Write a frame of a WebSocket.
    Frame(SentFrame),
    /// Read the next message of a WebSocket, or the next ping, pong or close.
    Expect(Awaited),
}

impl Step {
    fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Frame(frame) => frame.check(),
            Self::Expect(awaited) => awaited.check(),
            _ => Ok(()),
        }
    }
}

/// What becomes of the connection after the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Stays usable: a further request is answered, or a further ping of a WebSocket.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str) -> Result<Case, String> {
        let case: Case = toml::from_str(text).map_err(|error| error.to_string())?;
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
    fn a_socket_is_opened_first_and_closes_with_its_close() {
        let text = "id='a'\ntitle='t'\nrfc=['6455 §7']\nsocket='/ws'\nsteps=[{frame={op='text'}}]";
        let open = case(text).unwrap();
        assert_eq!((open.script().len(), open.expected()[0].status, open.fate()), (3, 101, Fate::Keep));
        let closed = case(&text.replace("{frame={op='text'}}", "{expect={op='close',code=1000}}")).unwrap();
        assert_eq!(closed.fate(), Fate::Close);
        assert_eq!(case(&format!("{text}\nanswers=[{{status=403}}]")).unwrap().expected().len(), 1);
    }

    #[test]
    fn steps_of_every_kind() {
        let text = "id='a'\ntitle='t'\nrfc=['9112']\nsteps=[{send='a'},{pause='5ms'},{await=1},{half_close=true},\
                    {trickle={text='xy',every='1s'}},{reply='{cookie:a}'},{terminate=true}]";
        assert_eq!(case(text).unwrap().script().len(), 7);
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
            "id='a'\ntitle='t'\nrfc=['1']\nsend='x'\nsocket_fields=['A: b']",
            "id='a'\ntitle='t'\nrfc=['1']\nsteps=[{reply='{cookie:}'}]",
            "id='a'\ntitle='t'\nrfc=['1']\nsocket='/'\nsteps=[{expect={op='close'}}]",
            "id='a'\ntitle='t'\nrfc=['1']\nsocket='/'\nsteps=[{frame={op='text',length_bits=8}}]",
        ] {
            assert!(case(slip).is_err(), "{slip}");
        }
    }
}

//! Templates: compiled once into text and atoms.

use std::process;
use std::time::Duration;

use super::super::config::AccessLogConfig;
use super::super::record::Record;
use super::super::scratch::Scratch;
use super::super::wanted::Wanted;
use super::atom::Atom;
use super::{AccessLogFormatError, Lines};

/// A compiled template.
#[derive(Clone, Debug)]
pub(super) struct Template {
    text: Box<str>,
    parts: Vec<Part>,
    asked: Wanted,
    answered: Wanted,
    /// Some atom shows how long it took.
    timed: bool,
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Template {}

#[derive(Clone, Debug)]
enum Part {
    Text(Vec<u8>),
    Atom(Atom),
}

/// What lines say of this process.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) worker: Option<u32>,
    pub(super) pid: u32,
}

impl Surroundings {
    pub(super) fn of(config: &AccessLogConfig) -> Self {
        Self { worker: config.worker, pid: process::id() }
    }
}

/// A line under way: what atoms are written from.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) record: &'a Record,
    pub(super) took: Duration,
    pub(super) around: &'a Surroundings,
    pub(super) lines: &'a Lines,
}

impl Template {
    pub(super) fn compile(text: &str) -> Result<Self, AccessLogFormatError> {
        let mut template = Self {
            text: text.into(),
            parts: Vec::new(),
            asked: Wanted::default(),
            answered: Wanted::default(),
            timed: false,
        };
        if text.contains(char::is_control) {
            return Err(AccessLogFormatError::template("contains a control character"));
        }
        let mut rest = text;
        while let Some(percent) = rest.find('%') {
            template.push_text(&rest[..percent]);
            rest = template.compile_one(&rest[percent..])?;
        }
        template.push_text(rest);
        Ok(template)
    }

    /// Compiles what begins with a percent sign; gives what follows.
    fn compile_one<'a>(&mut self, text: &'a str) -> Result<&'a str, AccessLogFormatError> {
        if let Some(rest) = text.strip_prefix("%%") {
            self.push_text("%");
            return Ok(rest);
        }
        let Some(inner) = text.strip_prefix("%(") else {
            return Err(AccessLogFormatError::template("has a % that begins neither %(…)s nor %%"));
        };
        let Some((name, rest)) = inner.split_once(')') else {
            return Err(AccessLogFormatError::template(format_args!("does not close {text:?}")));
        };
        let Some(rest) = rest.strip_prefix('s') else {
            let reason = format_args!("has no s after %({name}), and no other conversion is known");
            return Err(AccessLogFormatError::template(reason));
        };
        let atom = Atom::named(name, &mut self.asked, &mut self.answered)?;
        self.timed |= atom.is_timed();
        self.parts.push(Part::Atom(atom));
        Ok(rest)
    }

    fn push_text(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(before)) => before.extend_from_slice(text.as_bytes()),
            _ if text.is_empty() => {}
            _ => self.parts.push(Part::Text(text.into())),
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The fields of request and response that the template shows.
    pub(super) fn wanted(&self) -> (Wanted, Wanted) {
        (self.asked.clone(), self.answered.clone())
    }

    pub(super) fn write(&self, record: &Record, around: &Surroundings, lines: &Lines, scratch: &mut Scratch) {
        let took = if self.timed { record.started.elapsed() } else { Duration::ZERO };
        let line = Line { record, took, around, lines };
        for part in &self.parts {
            match part {
                Part::Text(text) => scratch.line.extend_from_slice(text),
                Part::Atom(atom) => atom.write(&line, scratch),
            }
        }
    }
}

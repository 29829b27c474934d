//! With what a program is started: settings, environment, files; and the cases in which it must not start.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Fault;

/// Everything that is handed to a program at its start. Cases of equal settings share one server.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Settings {
    /// Name to value, each handed over as `--set name=value`.
    pub set: BTreeMap<String, String>,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
    /// Files in the folder the program is started in, name to text.
    pub files: BTreeMap<String, String>,
    /// Further words of the command line.
    pub args: Vec<String>,
}

/// A start that must fail: the program says why on standard error and ends with a code other than 0.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Unique over all files, lower case with hyphens.
    pub id: String,
    /// The rule, as a sentence.
    pub title: String,
    /// Settings: name to value, as `--set` takes them.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// Environment variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Files of the folder the program is started in: name to text.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Further words of the command line.
    #[serde(default)]
    pub args: Vec<String>,
    /// Texts that standard error holds, in any order.
    pub says: Vec<String>,
}

impl Start {
    /// With what the program is started.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            set: self.set.clone(),
            env: self.env.clone(),
            files: self.files.clone(),
            args: self.args.clone(),
        }
    }

    pub(super) fn check(&self) -> Result<(), Fault> {
        let wrong = |what: &str| Err(Fault::new(format!("start {}: {what}", self.id)));
        if !is_id(&self.id) {
            return wrong("the id is not of lower-case letters, digits and hyphens");
        }
        if self.says.iter().all(String::is_empty) {
            return wrong("it must say why");
        }
        Ok(())
    }
}

/// Lower-case letters, digits, hyphens.
pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

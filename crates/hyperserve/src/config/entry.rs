//! [`ConfigEntry`]: one row of what a configuration comes to.

use std::fmt;

use super::key::{self, Key, keys};
use super::kind::Kind;
use super::{Config, Face, Origin};

/// A key with its value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigEntry {
    /// Its name in files and on the command line.
    pub name: &'static str,
    /// The value in force, as a command line takes it; empty for lists without entries and files that are not given.
    pub value: String,
    /// Who said so.
    pub origin: Origin,
    /// What it is for, one or more sentences.
    pub about: &'static str,
    /// What it is when nobody says anything.
    pub default: String,
    /// Its environment variable.
    pub variable: String,
    /// What its values look like, in a few words.
    pub kind: String,
    /// The one face that knows the key; `None` when both do.
    pub face: Option<Face>,
    form: Kind,
}

impl ConfigEntry {
    fn new(key: &'static Key, config: &Config) -> Self {
        let (value, origin) = config.value_of(key);
        Self {
            name: key.name,
            value,
            origin,
            about: key.about,
            default: key.default(config.face).to_owned(),
            variable: key.variable(),
            kind: key.kind.word(),
            face: key.face,
            form: key.kind,
        }
    }

    /// Whether many values may be given.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        self.form.is_list()
    }

    /// Whether it is `true` or `false`, or `auto` where that is an answer.
    #[must_use]
    pub const fn is_switch(&self) -> bool {
        matches!(self.form, Kind::Switch | Kind::Auto)
    }

    /// Whether it is a time.
    #[must_use]
    pub const fn is_duration(&self) -> bool {
        matches!(self.form, Kind::Duration)
    }

    /// The value as TOML writes it.
    #[must_use]
    pub fn to_toml(&self) -> String {
        if self.is_list() {
            let quoted: Vec<_> = self.form.entries(&self.value).map(quoted).collect();
            return format!("[{}]", quoted.join(", "));
        }
        match self.value.as_str() {
            "" => quoted("off"),
            "true" | "false" => self.value.clone(),
            // Permission bits are text: as a number they would be decimal.
            digits
                if digits.bytes().all(|byte| byte.is_ascii_digit())
                    && !digits.starts_with('0')
                    && self.name != "unix_mode" =>
            {
                digits.to_owned()
            }
            "0" => "0".to_owned(),
            text => quoted(text),
        }
    }
}

/// A basic string of TOML, which escapes as JSON does what paths and words can hold.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

/// `head_timeout = "5s" (HS_HEAD_TIMEOUT)`
impl fmt::Display for ConfigEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {} ({})", self.name, self.to_toml(), self.origin)
    }
}

impl Config {
    /// Every key of this face with its value in force, in the order of the documentation.
    #[must_use]
    pub fn entries(&self) -> Vec<ConfigEntry> {
        keys(self.face).map(|key| ConfigEntry::new(key, self)).collect()
    }

    /// One key with its value in force; `None` if this face has no such key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<ConfigEntry> {
        self.key_of(name).map(|key| ConfigEntry::new(key, self))
    }

    /// The other names that this face takes, which are uvicorn's and gunicorn's, each with the keys that it sets; none where
    /// there is nothing to set.
    #[must_use]
    pub fn spellings(&self) -> Vec<(&'static str, Vec<&'static str>)> {
        let spelled = self.names().filter(|name| key::find(name).is_none());
        spelled.map(|name| (name, self.keys_of(name).iter().map(|key| key.name).collect())).collect()
    }
}

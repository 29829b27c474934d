//! Which cases a program is held to that cannot do everything the specification asks of the Rust face.
//!
//! A list in TOML names every file of cases: those that are played, and those left out, with the reason. A case of a file that
//! is played may be left out too, as `file::id`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::{Fault, Suite};

/// What is played, and what is not.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subset {
    play: BTreeSet<String>,
    /// `file` or `file::id` to the reason.
    without: BTreeMap<String, String>,
}

impl Subset {
    /// Reads a list.
    ///
    /// # Errors
    /// The file cannot be read, or is no such list.
    pub fn load(path: &Path) -> Result<Self, Fault> {
        let told = |error: &dyn std::fmt::Display| Fault::new(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| told(&error))?;
        toml::from_str(&text).map_err(|error| told(&error))
    }

    /// The cases of `suite` that are played.
    ///
    /// # Errors
    /// The list does not fit the suite: it names what is not there, or says nothing of a file.
    pub fn apply(&self, suite: &Suite) -> Result<Suite, Fault> {
        let names: BTreeSet<_> = suite.names().collect();
        let faults = self.faults(&names);
        if faults.is_empty() {
            return Ok(suite.select_names(|name| self.plays(name)));
        }
        Err(Fault::new(faults.join("\n")))
    }

    fn plays(&self, name: &str) -> bool {
        self.play.contains(file(name)) && !self.without.contains_key(name)
    }

    fn faults(&self, names: &BTreeSet<String>) -> Vec<String> {
        let files: BTreeSet<_> = names.iter().map(|name| file(name)).collect();
        let undecided = files.iter().filter(|file| !self.decides(file));
        let missing = self.play.iter().filter(|name| !files.contains(name.as_str()));
        let stale =
            self.without.keys().filter(|name| !names.contains(*name) && !files.contains(name.as_str()));
        let bare = self.without.iter().filter(|(_, reason)| reason.trim().is_empty());
        undecided
            .map(|file| format!("the list says nothing of `{file}`, or plays it and leaves it out"))
            .chain(missing.chain(stale).map(|name| format!("the list names `{name}`, which is not there")))
            .chain(bare.map(|(name, _)| format!("`{name}` is left out without a reason")))
            .collect()
    }

    fn decides(&self, file: &str) -> bool {
        self.play.contains(file) != self.without.contains_key(file)
    }
}

/// The file of `file::id`.
fn file(name: &str) -> &str {
    name.split_once("::").map_or(name, |(file, _)| file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(list: &str) -> Vec<String> {
        let names = ["a::one", "a::two", "b::one"].map(str::to_owned).into();
        toml::from_str::<Subset>(list).unwrap().faults(&names)
    }

    #[test]
    fn a_file_is_played_but_for_what_is_left_out() {
        let list = "play = ['a']\n[without]\nb = 'not here'\n'a::two' = 'not this'";
        let subset: Subset = toml::from_str(list).unwrap();
        assert!(faults(list).is_empty());
        assert!(subset.plays("a::one"));
        assert!(!subset.plays("a::two"));
        assert!(!subset.plays("b::one"));
    }

    #[test]
    fn a_list_that_does_not_fit_is_told() {
        assert_eq!(faults("play = ['a']\n[without]").len(), 1, "b is undecided");
        assert_eq!(faults("play = ['a', 'b']\n[without]\nb = 'both'").len(), 1);
        assert_eq!(faults("play = ['a', 'b', 'c']\n[without]").len(), 1);
        assert_eq!(faults("play = ['a', 'b']\n[without]\n'a::three' = 'gone'").len(), 1);
        assert_eq!(faults("play = ['a', 'b']\n[without]\n'a::two' = ' '").len(), 1);
    }
}

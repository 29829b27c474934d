//! What a name means to a face: a key, a spelling of one, a key of the other face, or a mistake.

use hyperserve_core::nearest;

use super::key::{Key, find, keys};
use super::kind::Kind;
use super::reading::Reading;
use super::spelling::{Meaning, spelling, spellings};
use super::{Config, Face};

/// What setting a name does.
pub(super) enum Name {
    /// It sets these.
    Keys(Vec<&'static Key>, Reading),
    /// It is known, and changes nothing.
    Nothing,
    /// It is a key of the other face.
    OfTheOther,
    /// It is none, and this sentence says so.
    Wrong(String),
}

impl Config {
    pub(super) fn look_up(&self, name: &str, value: &str) -> Name {
        match (find(name), spelling(name)) {
            (Some(key), _) if !key.is_of(self.face) => Name::OfTheOther,
            (Some(key), None) => Name::Keys(vec![key], Reading::Same),
            (Some(key), Some(_)) if self.face == Face::Rust => Name::Keys(vec![key], Reading::Same),
            (None, Some(_)) if self.face == Face::Rust => Name::OfTheOther,
            (_, Some(spelling)) => spelled(name, spelling.meaning, value),
            (None, None) => Name::Wrong(self.unknown(name)),
        }
    }

    /// What the values of a name look like, if it is a name of this face.
    pub(super) fn kind_of(&self, name: &str) -> Option<Kind> {
        match self.look_up(name, "") {
            Name::Keys(keys, _) => keys.first().map(|key| key.kind),
            Name::OfTheOther => None,
            Name::Nothing | Name::Wrong(_) => spelling(name).map(|_| Kind::Text),
        }
    }

    pub(super) fn is_of_the_other(&self, name: &str) -> bool {
        matches!(self.look_up(name, ""), Name::OfTheOther)
    }

    /// The keys that a name sets.
    pub(super) fn keys_of(&self, name: &str) -> Vec<&'static Key> {
        match self.look_up(name, "") {
            Name::Keys(keys, _) => keys,
            Name::Nothing | Name::OfTheOther | Name::Wrong(_) => Vec::new(),
        }
    }

    /// The key that a name stands for when its value is asked for.
    pub(super) fn key_of(&self, name: &str) -> Option<&'static Key> {
        self.keys_of(name).first().copied()
    }

    /// The names that this face knows.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        let spelled = spellings().iter().filter(|_| self.face == Face::Python).map(|spelling| spelling.name);
        keys(self.face).map(|key| key.name).chain(spelled)
    }

    fn unknown(&self, name: &str) -> String {
        let hint = nearest(name, self.names()).map(|known| format!("; did you mean `{known}`?"));
        format!("there is no key `{name}`{}", hint.unwrap_or_default())
    }

    /// The one text that stands for several values.
    pub(super) fn joined<V: AsRef<str>>(&self, name: &str, values: &[V]) -> String {
        let Some(kind) = self.kind_of(name).filter(|kind| kind.is_list()) else {
            return values.last().map_or_else(String::new, |value| value.as_ref().to_owned());
        };
        let values: Vec<_> = values.iter().map(AsRef::as_ref).collect();
        values.join(&kind.separator().to_string())
    }
}

fn spelled(name: &str, meaning: Meaning, value: &str) -> Name {
    match meaning {
        Meaning::Keys(names, reading) => {
            Name::Keys(names.iter().filter_map(|name| find(name)).collect(), reading)
        }
        Meaning::Accepted(values, _) if values.is_empty() || values.contains(&value.trim()) => Name::Nothing,
        Meaning::Accepted(_, sentence) | Meaning::Refused(sentence) => {
            Name::Wrong(format!("`{name}` {sentence}"))
        }
    }
}

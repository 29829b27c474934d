//! [`Key`]: one row of the table of keys, and the table.
//!
//! The rows of the server's limits are the server's own; the others are in `rows.rs`, `stack_rows.rs` and `python_rows.rs`, and nowhere else.

use std::sync::LazyLock;

use hyperserve_server::Limits;

use super::Face;
use super::kind::{Kind, is_off};
use super::python_rows::{DEFAULTS, ROWS as PYTHON_ROWS};
use super::rows::ROWS;
use super::stack_rows::ROWS as STACK_ROWS;

/// A key that a configuration may hold.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// In the canonical form of its kind, as all defaults.
    default: String,
    /// Where the Python face has another.
    python_default: Option<&'static str>,
    pub(super) about: &'static str,
    /// Whether it is one of the server's limits.
    pub(super) is_limit: bool,
    /// The one face that knows it; `None` when both do.
    pub(super) face: Option<Face>,
}

impl Key {
    /// The canonical form of a value that was given under this name, or the sentence that says what is wrong with it.
    pub(super) fn read(&self, called: &str, text: &str) -> Result<String, String> {
        if !self.is_limit {
            return self.kind.read(called, text);
        }
        let given = text.trim();
        let is_list = matches!(self.kind, Kind::Methods | Kind::Origins);
        let text = if is_list && is_off(given) { "" } else { given };
        let mut scratch = Limits::default();
        scratch.set(self.name, text).map_err(|error| {
            error.to_string().replace(&format!("`{}`", self.name), &format!("`{called}`"))
        })?;
        let shown = scratch.entries().into_iter().find(|entry| entry.name == self.name);
        Ok(shown.map_or_else(|| text.to_owned(), |entry| entry.value))
    }

    /// What it is when nobody says anything.
    pub(super) fn default(&self, face: Face) -> &str {
        match (face, self.python_default) {
            (Face::Python, Some(default)) => default,
            _ => &self.default,
        }
    }

    /// Whether it means something to a face.
    pub(super) fn is_of(&self, face: Face) -> bool {
        self.face.is_none_or(|only| only == face)
    }

    /// `HS_LISTEN`
    pub(super) fn variable(&self) -> String {
        format!("HS_{}", self.name.to_ascii_uppercase())
    }
}

/// The keys of a face, in the order of the documentation.
pub(super) fn keys(face: Face) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.is_of(face))
}

/// The key of this name, of whatever face.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let python = PYTHON_ROWS.iter().map(|row| Key { face: Some(Face::Python), ..of_row(row) });
    let rows = ROWS.iter().map(|(face, row)| Key { face: *face, ..of_row(row) });
    rows.chain(STACK_ROWS.iter().map(of_row)).chain(python).chain(limits()).collect()
});

fn of_row(&(name, kind, default, about): &Row) -> Key {
    let python_default = python_default(name);
    Key { name, kind, default: default.to_owned(), python_default, about, is_limit: false, face: None }
}

fn limits() -> impl Iterator<Item = Key> {
    Limits::default().entries().into_iter().map(|entry| Key {
        name: entry.name,
        kind: Kind::of_limit(entry.name),
        default: entry.value,
        python_default: python_default(entry.name),
        about: entry.about,
        is_limit: true,
        face: None,
    })
}

fn python_default(name: &str) -> Option<&'static str> {
    DEFAULTS.iter().find(|(key, _)| *key == name).map(|(_, default)| *default)
}

/// Name, kind, default and what it is for.
pub(super) type Row = (&'static str, Kind, &'static str, &'static str);

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_flat_and_used_once() {
        let mut seen = HashSet::new();
        for key in KEYS.iter() {
            assert!(seen.insert(key.name), "{} twice", key.name);
            assert!(
                key.name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            );
            assert!(
                key.about.ends_with('.') && !key.about.contains(['\n', '|']),
                "{}: {}",
                key.name,
                key.about
            );
        }
        assert!(DEFAULTS.iter().all(|(name, _)| seen.contains(name)));
    }

    #[test]
    fn every_default_is_a_value_in_canonical_form() {
        for face in [Face::Rust, Face::Python] {
            for key in keys(face) {
                assert_eq!(
                    key.read(key.name, key.default(face)).as_deref(),
                    Ok(key.default(face)),
                    "{}",
                    key.name
                );
            }
        }
    }

    #[test]
    fn the_servers_limits_are_all_there() {
        for entry in Limits::default().entries() {
            let key = find(entry.name).unwrap();
            assert!(key.is_limit && key.face.is_none() && key.about == entry.about);
        }
    }
}

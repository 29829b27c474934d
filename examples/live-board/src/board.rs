//! The board, and what is said of it. Every message, both ways, is one of the types in this file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most notes.
const ROOM: usize = 200;

/// The most characters of a note.
const LENGTH: usize = 280;

/// From a page: what it wants. To all pages: what has become so.
#[derive(Debug, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Change {
    /// Puts a note up; the board gives it its number.
    Add {
        #[serde(default)]
        id: u64,
        x: f32,
        y: f32,
        text: String,
    },
    Move {
        id: u64,
        x: f32,
        y: f32,
    },
    Write {
        id: u64,
        text: String,
    },
    Remove {
        id: u64,
    },
}

#[derive(Debug, Serialize)]
pub(crate) struct Note {
    /// From left to right, 0 to 1.
    x: f32,
    /// From top to bottom, 0 to 1.
    y: f32,
    text: String,
}

/// To a page.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News<'a> {
    Board(&'a BTreeMap<u64, Note>),
    Changed(&'a Change),
    Refused { why: String },
}

#[derive(Debug, Default)]
pub(crate) struct Board {
    notes: BTreeMap<u64, Note>,
    last: u64,
}

impl Board {
    pub(crate) const fn notes(&self) -> &BTreeMap<u64, Note> {
        &self.notes
    }

    /// Makes a change and gives it as it was made; the error is what the page shows.
    pub(crate) fn apply(&mut self, change: Change) -> Result<Change, String> {
        Ok(match change {
            Change::Add { x, y, text, .. } => {
                let note = Note { x: within(x)?, y: within(y)?, text: fitting(&text)? };
                Change::Add { id: self.add(note)?, x, y, text }
            }
            Change::Move { id, x, y } => {
                let (x, y) = (within(x)?, within(y)?);
                let note = self.note(id)?;
                (note.x, note.y) = (x, y);
                Change::Move { id, x, y }
            }
            Change::Write { id, text } => {
                self.note(id)?.text = fitting(&text)?;
                Change::Write { id, text }
            }
            Change::Remove { id } => {
                self.notes.remove(&id).ok_or_else(gone)?;
                Change::Remove { id }
            }
        })
    }

    fn add(&mut self, note: Note) -> Result<u64, String> {
        if self.notes.len() == ROOM {
            return Err(format!("the board is full at {ROOM} notes"));
        }
        self.last += 1;
        self.notes.insert(self.last, note);
        Ok(self.last)
    }

    fn note(&mut self, id: u64) -> Result<&mut Note, String> {
        self.notes.get_mut(&id).ok_or_else(gone)
    }
}

fn gone() -> String {
    "somebody took this note down".to_owned()
}

fn within(share: f32) -> Result<f32, String> {
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("that is beside the board".to_owned()) }
}

fn fitting(text: &str) -> Result<String, String> {
    match text.chars().count() {
        n if n > LENGTH => Err(format!("{n} characters are too many, at most {LENGTH} fit")),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(board: &mut Board, change: &str) -> Result<String, String> {
        let change = serde_json::from_str(change).map_err(|fault| fault.to_string())?;
        board.apply(change).map(|change| serde_json::to_string(&change).unwrap())
    }

    #[test]
    fn a_change_is_told_as_it_was_made() {
        let mut board = Board::default();
        let added = apply(&mut board, r#"{"kind":"add","x":0.5,"y":0,"text":"hi"}"#).unwrap();
        assert_eq!(added, r#"{"kind":"add","id":1,"x":0.5,"y":0.0,"text":"hi"}"#);
        for change in [
            r#"{"kind":"move","id":1,"x":0.25,"y":1.0}"#,
            r#"{"kind":"write","id":1,"text":"ho"}"#,
            r#"{"kind":"remove","id":1}"#,
        ] {
            assert_eq!(apply(&mut board, change).unwrap(), change);
        }
        assert!(board.notes().is_empty());
        assert_eq!(apply(&mut board, r#"{"kind":"remove","id":1}"#), Err(gone()));
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut board = Board::default();
        apply(&mut board, r#"{"kind":"add","x":0.5,"y":0.5,"text":""}"#).unwrap();
        let long = format!(r#"{{"kind":"write","id":1,"text":"{}"}}"#, "x".repeat(LENGTH + 1));
        for change in [
            r#"{"kind":"move","id":1,"x":0.5,"y":1.01}"#,
            r#"{"kind":"move","id":2,"x":0.5,"y":0.5}"#,
            r#"{"kind":"move","id":1,"x":0.5}"#,
            r#"{"kind":"fold","id":1}"#,
            &long,
        ] {
            assert!(apply(&mut board, change).is_err(), "{change}");
        }
        let note = &board.notes()[&1];
        assert_eq!((note.x, note.y, note.text.as_str()), (0.5, 0.5, ""));
    }

    #[test]
    fn a_full_board_says_so() {
        let mut board = Board::default();
        let add = r#"{"kind":"add","x":0,"y":0,"text":""}"#;
        (0..ROOM).for_each(|_| drop(apply(&mut board, add).unwrap()));
        assert!(apply(&mut board, add).unwrap_err().contains("full"));
        apply(&mut board, r#"{"kind":"remove","id":7}"#).unwrap();
        assert!(apply(&mut board, add).unwrap().contains(r#""id":201"#), "numbers are not used again");
    }
}

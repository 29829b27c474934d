//! Patterns of paths: `/users/{id}`, `/img/a-{id:u64}.png`, `/files/{*rest}`.

mod kind;
mod parse;
mod url;

pub(crate) use self::kind::Kind;
pub use self::url::UrlError;

/// A pattern that was read.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// As it was written.
    pub(crate) text: Box<str>,
    pieces: Vec<Piece>,
    captures: Vec<Capture>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Percent-encoded as a client sends it.
    Text(String),
    /// The capture of this index.
    Capture(usize),
}

#[derive(Clone, Debug)]
struct Capture {
    name: Box<str>,
    kind: Option<Kind>,
    /// Whether it takes the rest of the path.
    rest: bool,
}

impl Pattern {
    /// The names of the captures, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.captures.iter().map(|capture| &*capture.name)
    }

    /// What each capture must look like, in order.
    pub(crate) fn kinds(&self) -> Box<[Option<Kind>]> {
        self.captures.iter().map(|capture| capture.kind).collect()
    }

    pub(crate) fn is_typed(&self) -> bool {
        self.captures.iter().any(|capture| capture.kind.is_some())
    }

    /// Whether the last capture takes the rest of the path.
    pub(crate) fn takes_rest(&self) -> bool {
        self.captures.last().is_some_and(|capture| capture.rest)
    }

    /// Whether a part of it is percent-encoded.
    pub(crate) fn is_encoded(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('%')))
    }

    /// What it begins with before the first capture, as a client sends it.
    pub(crate) fn fixed(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Text(text)) => text,
            _ => "",
        }
    }

    /// The form that matchit takes, with captures named by their place, so that patterns which differ in names alone are one.
    pub(crate) fn shape(&self) -> String {
        let mut shape = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => shape.push_str(&text.replace('{', "{{").replace('}', "}}")),
                Piece::Capture(index) => {
                    let rest = self.captures.get(*index).is_some_and(|capture| capture.rest);
                    shape.push_str(if rest { "{*" } else { "{" });
                    shape.push_str(&index.to_string());
                    shape.push('}');
                }
            }
        }
        shape
    }
}

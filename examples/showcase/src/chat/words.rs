//! What page and server say to each other: JSON in text messages, told apart by `kind`.

use serde::{Deserialize, Serialize};

/// The most characters of a name.
pub(super) const NAME: usize = 32;

/// The most bytes of a text.
pub(super) const TEXT: usize = 2048;

/// From the page. Names and texts are looked at when it is known who is to be told of their faults.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FromPage {
    /// Comes in, an empty name as a guest; whoever is in changes the name.
    Enter {
        name: String,
        /// The last that was heard, by who comes back.
        seen: Option<Seen>,
    },
    /// `tag` is the page's own number for the text, and comes back with it.
    Say { text: String, tag: u32 },
    /// Asks for a [`ToPage::Pong`]: the WebSocket API shows pages no pings.
    Ping,
}

impl FromPage {
    pub(super) const fn tag(&self) -> Option<u32> {
        match self {
            Self::Say { tag, .. } => Some(*tag),
            Self::Enter { .. } | Self::Ping => None,
        }
    }
}

/// Line `line` of the talk of start `run`.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Seen {
    pub(super) run: u32,
    pub(super) line: u64,
}

/// To the page.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum ToPage<'a> {
    /// The first answer.
    Welcome {
        run: u32,
        /// Who the page is.
        you: u32,
        #[serde(flatten)]
        how: How,
        members: Vec<Member>,
        /// What was said and not seen, the oldest first.
        lines: Vec<&'a Line>,
    },
    Said(&'a Line),
    /// Came in, or has another name now.
    Here(&'a Member),
    Left {
        id: u32,
    },
    Refused {
        why: String,
        tag: Option<u32>,
    },
    Pong,
}

/// How the page's socket came.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct How {
    pub(super) protocol: &'static str,
    pub(super) compressed: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Member {
    pub(super) id: u32,
    pub(super) name: Name,
}

#[derive(Debug, Serialize)]
pub(super) struct Line {
    /// Lines are counted from the start of the server.
    pub(super) line: u64,
    pub(super) from: Member,
    pub(super) text: Text,
    pub(super) tag: u32,
    /// Milliseconds since 1970.
    pub(super) at: u64,
}

/// One line of 1 to [`NAME`] characters, without white space around it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Name(String);

impl Name {
    pub(super) fn guest(number: u32) -> Self {
        Self(format!("Guest {number}"))
    }
}

/// The error is what the page shows.
impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let name = name.trim();
        match name.chars().count() {
            0 => Err("a name is needed".to_owned()),
            n if n > NAME => Err(format!("a name of {n} characters is too long, at most {NAME} fit")),
            _ if name.contains(char::is_control) => Err("a name is one line".to_owned()),
            _ => Ok(Self(name.to_owned())),
        }
    }
}

/// 1 to [`TEXT`] bytes that say something.
#[derive(Debug, Serialize)]
pub(super) struct Text(String);

/// The error is what the page shows.
impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let text = text.trim();
        match text.len() {
            0 => Err("there is nothing in it".to_owned()),
            n if n > TEXT => Err(format!("{n} bytes are too many, at most {TEXT} fit")),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn name(text: &str) -> Result<String, String> {
        Name::try_from(text.to_owned()).map(|name| name.0)
    }

    fn text(text: &str) -> Result<String, String> {
        Text::try_from(text.to_owned()).map(|text| text.0)
    }

    #[test]
    fn characters_of_names_are_counted_and_bytes_of_texts() {
        assert_eq!(name(&"é".repeat(NAME)), Ok("é".repeat(NAME)));
        assert!(name(&"e".repeat(NAME + 1)).unwrap_err().starts_with("a name of 33 characters"));
        assert_eq!(text(&"é".repeat(TEXT / 2)), Ok("é".repeat(TEXT / 2)));
        assert!(text(&"é".repeat(TEXT / 2 + 1)).unwrap_err().starts_with("2050 bytes"));
    }

    #[test]
    fn something_is_said_and_by_somebody() {
        assert_eq!((name(" Ada "), text("\na\nb ")), (Ok("Ada".to_owned()), Ok("a\nb".to_owned())));
        assert_eq!((name("\t").is_err(), text(" \n").is_err()), (true, true));
        assert!(name("A\u{7}").is_err());
    }

    #[test]
    fn both_directions_are_as_the_page_writes_and_reads_them() {
        let say: FromPage = serde_json::from_str(r#"{"kind":"say","text":"hi","tag":7}"#).unwrap();
        assert_eq!(say.tag(), Some(7));
        let enter = r#"{"kind":"enter","name":"","seen":{"run":1,"line":2}}"#;
        assert!(matches!(serde_json::from_str(enter), Ok(FromPage::Enter { seen: Some(Seen { .. }), .. })));
        assert!(serde_json::from_str::<FromPage>(r#"{"kind":"say","text":7,"tag":7}"#).is_err());
        assert!(serde_json::from_str::<FromPage>(r#"{"kind":"sing"}"#).is_err());

        let from = Member { id: 3, name: Name::guest(3) };
        let line = Line { line: 1, from, text: Text("hi".to_owned()), tag: 7, at: 0 };
        let told: Value = serde_json::to_value(ToPage::Said(&line)).unwrap();
        assert_eq!(
            told,
            json!({"kind": "said", "line": 1, "from": {"id": 3, "name": "Guest 3"}, "text": "hi", "tag": 7, "at": 0})
        );
    }
}

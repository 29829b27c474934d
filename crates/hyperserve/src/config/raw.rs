//! [`Raw`]: a value as a file writes it, before it is known what its key wants.

use super::kind::Kind;

/// A value of TOML or JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    Text(String),
    Number(String),
    Switch(bool),
    List(Vec<Self>),
    /// Something that no key takes, by its name.
    Other(&'static str),
}

impl Raw {
    /// The text that stands for it on a command line, or the sentence that says what is wrong.
    pub(super) fn into_text(self, kind: Kind) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Switch(on) => Ok(on.to_string()),
            Self::Number(digits) if kind.takes_numbers() => Ok(digits),
            Self::List(entries) if kind.is_list() => list(entries, kind.separator()),
            other => Err(format!("{}, where {} is wanted", other.name(), kind.wanted())),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "a number",
            Self::Switch(_) => "a switch",
            Self::List(_) => "a list",
            Self::Other(name) => name,
        }
    }
}

fn list(entries: Vec<Raw>, separator: char) -> Result<String, String> {
    let entry = |entry| match entry {
        Raw::Text(text) | Raw::Number(text) if !text.contains(separator) => Ok(text),
        Raw::Text(_) if separator == ',' => Err("a comma in an entry of a list".to_owned()),
        Raw::Text(_) => Err("a line break in an entry of a list".to_owned()),
        other => Err(format!("{} in a list, where text is wanted", other.name())),
    };
    let texts: Result<Vec<_>, _> = entries.into_iter().map(entry).collect();
    texts.map(|texts| texts.join(&separator.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Raw {
        Raw::Text(text.to_owned())
    }

    #[test]
    fn values_become_the_text_of_a_command_line() {
        let list = Raw::List(vec![text("8080"), Raw::Number("9090".to_owned())]);
        assert_eq!(list.into_text(Kind::Addresses).as_deref(), Ok("8080,9090"));
        assert_eq!(Raw::Switch(false).into_text(Kind::Duration).as_deref(), Ok("false"));
        assert_eq!(Raw::Number("5".to_owned()).into_text(Kind::Workers).as_deref(), Ok("5"));
        assert_eq!(Raw::List(Vec::new()).into_text(Kind::Addresses).as_deref(), Ok(""));
    }

    #[test]
    fn the_wrong_kind_is_one_sentence() {
        let wrong = [
            (Raw::Other("a table"), Kind::Addresses, "a table, where a list of addresses is wanted"),
            (Raw::List(Vec::new()), Kind::Switch, "a list, where true or false is wanted"),
            (
                Raw::Number("660".to_owned()),
                Kind::Mode,
                "a number, where permission bits as text, such as \"660\" is wanted",
            ),
            (Raw::List(vec![text("a,b")]), Kind::Addresses, "a comma in an entry of a list"),
            (Raw::List(vec![Raw::Switch(true)]), Kind::Addresses, "a switch in a list, where text is wanted"),
        ];
        for (raw, kind, told) in wrong {
            assert_eq!(raw.into_text(kind).unwrap_err(), told);
        }
    }
}

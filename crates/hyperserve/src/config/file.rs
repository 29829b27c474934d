//! Configuration files: which one is read, and what stands in it. TOML and JSON, flat.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::raw::Raw;

/// The files that are looked for in the working directory.
const FOUND: [&str; 2] = ["hyperserve.toml", "options.json"];

/// One `name = value` with the line it stands on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) value: Raw,
    pub(super) number: Option<usize>,
}

/// Why a file is not read: where, and the sentence.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) line: Option<usize>,
    pub(super) message: String,
}

/// The file of `folder`, if there is one.
pub(super) fn find(folder: &Path) -> Result<Option<PathBuf>, String> {
    let mut present = FOUND.iter().filter(|name| folder.join(name).is_file());
    match (present.next(), present.next()) {
        (Some(one), Some(other)) => {
            Err(format!("both {one} and {other} are here: name one, with --config or in HS_CONFIG"))
        }
        (one, _) => Ok(one.map(PathBuf::from)),
    }
}

/// What stands in a file: JSON if its name ends so, or if it has no known ending and begins with a brace.
pub(super) fn read(path: &Path) -> Result<Vec<Line>, Unreadable> {
    let text = fs::read_to_string(path).map_err(|error| whole(sentence(&error)))?;
    let json = match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => true,
        Some("toml") => false,
        _ => text.trim_start().starts_with('{'),
    };
    if json { read_json(&text) } else { read_toml(&text) }
}

fn whole(message: impl Into<String>) -> Unreadable {
    Unreadable { line: None, message: message.into() }
}

fn sentence(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::InvalidData => "not UTF-8".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn read_toml(text: &str) -> Result<Vec<Line>, Unreadable> {
    let table = DeTable::parse(text).map_err(|error| Unreadable {
        line: error.span().map(|span| line_of(text, span.start)),
        message: error.message().to_owned(),
    })?;
    let line = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| Line {
        name: AsRef::<str>::as_ref(key.get_ref()).to_owned(),
        value: of_toml(value.get_ref()),
        number: Some(line_of(text, key.span().start)),
    };
    let mut lines: Vec<_> = table.get_ref().iter().map(line).collect();
    lines.sort_by_key(|line| line.number);
    Ok(lines)
}

fn of_toml(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(digits) => match i64::from_str_radix(digits.as_str(), digits.radix()) {
            Ok(number) => Raw::Number(number.to_string()),
            Err(_) => Raw::Other("a number beyond 64 bits"),
        },
        DeValue::Float(digits) => Raw::Number(digits.as_str().to_owned()),
        DeValue::Boolean(on) => Raw::Switch(*on),
        DeValue::Datetime(_) => Raw::Other("a date"),
        DeValue::Array(entries) => Raw::List(entries.iter().map(|entry| of_toml(entry.get_ref())).collect()),
        DeValue::Table(_) => Raw::Other("a table"),
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}

fn read_json(text: &str) -> Result<Vec<Line>, Unreadable> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| Unreadable { line: Some(error.line()), message: error.to_string() })?;
    let Value::Object(members) = value else { return Err(whole("a JSON object is wanted")) };
    let line = |(name, value): (String, Value)| {
        let number = json_line(text, &name);
        Line { name, value: of_json(value), number }
    };
    Ok(members.into_iter().map(line).collect())
}

fn of_json(value: Value) -> Raw {
    match value {
        Value::String(text) => Raw::Text(text),
        Value::Number(number) => Raw::Number(number.to_string()),
        Value::Bool(on) => Raw::Switch(on),
        Value::Array(entries) => Raw::List(entries.into_iter().map(of_json).collect()),
        Value::Object(_) => Raw::Other("an object"),
        Value::Null => Raw::Other("null"),
    }
}

/// The line of a member, found by its name in quotes before a colon; the parser does not tell.
fn json_line(text: &str, name: &str) -> Option<usize> {
    let quoted = format!("\"{name}\"");
    let member = |at: &usize| text[at + quoted.len()..].trim_start().starts_with(':');
    let at = text.match_indices(&quoted).map(|(at, _)| at).find(member)?;
    Some(line_of(text, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same() {
        let toml = read_toml("# ours\nlisten = [\"8080\", \"9090\"]\nh2c = false\n\nmax_head = 0x10_00\ntls_min_version = 1.3\n").unwrap();
        let json = read_json(
            "{\n\"listen\": [\"8080\", \"9090\"],\n\"h2c\": false,\n\"max_head\": 4096, \"tls_min_version\": 1.3}",
        )
        .unwrap();
        let values = |lines: &[Line]| {
            let mut pairs: Vec<_> =
                lines.iter().map(|line| (line.name.clone(), line.value.clone())).collect();
            pairs.sort_by(|a, b| a.0.cmp(&b.0));
            pairs
        };
        assert_eq!(values(&toml), values(&json));
        assert_eq!(
            toml.iter().map(|line| line.number).collect::<Vec<_>>(),
            [Some(2), Some(3), Some(5), Some(6)]
        );
        let max_head = json.iter().find(|line| line.name == "max_head").unwrap();
        assert_eq!((&max_head.value, max_head.number), (&Raw::Number("4096".to_owned()), Some(4)));
    }

    #[test]
    fn a_broken_file_is_told_with_its_line() {
        let toml = read_toml("log = \"info\"\nlisten = [\n").unwrap_err();
        assert!(toml.line.is_some_and(|line| line >= 2), "{toml:?}");
        let json = read_json("{\n\"log\": }").unwrap_err();
        assert_eq!(json.line, Some(2), "{json:?}");
        assert_eq!(read_json("[]").unwrap_err().message, "a JSON object is wanted");
    }

    #[test]
    fn the_line_is_that_of_the_member_and_not_of_a_value_alike() {
        assert_eq!(json_line("{\"log\": \"listen\",\n \"listen\" : 1}", "listen"), Some(2));
    }

    #[test]
    fn two_files_are_one_too_many() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(find(folder.path()), Ok(None));
        fs::write(folder.path().join("options.json"), "{}").unwrap();
        assert_eq!(find(folder.path()), Ok(Some("options.json".into())));
        fs::write(folder.path().join("hyperserve.toml"), "").unwrap();
        assert!(find(folder.path()).unwrap_err().contains("both hyperserve.toml and options.json"));
    }
}

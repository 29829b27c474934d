//! `Sec-WebSocket-Extensions`: a list of extensions with their parameters (RFC 6455 §9.1).

use std::borrow::Cow;

/// One extension of a list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension<'a> {
    pub(super) name: &'a str,
    pub(super) parameters: Vec<Parameter<'a>>,
}

/// A parameter; its value, if it has one, without quotes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a str,
    pub(super) value: Option<Cow<'a, str>>,
}

/// The elements of one field value, `None` for one that is malformed. Empty elements are skipped (RFC 9110 §5.6.1).
pub(super) fn elements(field: &str) -> impl Iterator<Item = Option<Extension<'_>>> {
    split(field, b',').map(trim).filter(|element| !element.is_empty()).map(extension)
}

/// `token *( ";" token [ "=" ( token | quoted-string ) ] )`
fn extension(element: &str) -> Option<Extension<'_>> {
    let mut parts = split(element, b';').map(trim);
    let name = parts.next().filter(|name| is_token(name))?;
    Some(Extension { name, parameters: parts.map(parameter).collect::<Option<_>>()? })
}

fn parameter(part: &str) -> Option<Parameter<'_>> {
    let (name, value) = match part.split_once('=') {
        Some((name, value)) => (trim(name), Some(unquoted(trim(value))?)),
        None => (part, None),
    };
    is_token(name).then_some(Parameter { name, value })
}

/// A value as it is meant. What quotes hold must be a token, too, once the quotes are gone (RFC 6455 §9.1).
fn unquoted(value: &str) -> Option<Cow<'_, str>> {
    let value = match value.strip_prefix('"') {
        None => Cow::Borrowed(value),
        Some(quoted) => inside(quoted)?,
    };
    is_token(&value).then_some(value)
}

/// The content of a quoted string whose opening quote is taken off already.
fn inside(quoted: &str) -> Option<Cow<'_, str>> {
    let end = find(quoted, b'"', true)?;
    if end + 1 != quoted.len() {
        return None;
    }
    let content = quoted.get(..end)?;
    Some(if content.contains('\\') { unescaped(content).into() } else { content.into() })
}

/// Takes quoted pairs apart: the character behind a backslash stands for itself.
fn unescaped(content: &str) -> String {
    let mut characters = content.chars();
    std::iter::from_fn(|| match characters.next()? {
        '\\' => characters.next(),
        plain => Some(plain),
    })
    .collect()
}

/// As `str::split`, but quoted strings stay whole.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = find(text, separator, false);
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

/// Where `wanted` stands first, escapes and quoted strings passed over. `inside` says that `text` begins within quotes;
/// the quote that ends them is then looked for.
fn find(text: &str, wanted: u8, inside: bool) -> Option<usize> {
    let (mut quoted, mut escaped) = (inside, false);
    text.bytes().position(|byte| {
        if escaped {
            escaped = false;
        } else if quoted && byte == b'\\' {
            escaped = true;
        } else if byte == wanted && quoted == inside {
            return true;
        } else if byte == b'"' {
            quoted = !quoted;
        }
        false
    })
}

fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

/// RFC 9110 §5.6.2
fn is_token(text: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_tchar)
}

#[cfg(test)]
mod tests {
    use super::elements;

    /// Each element as `name;parameter;parameter=value`, `!` for a malformed one.
    fn read(field: &str) -> Vec<String> {
        let written = |element: super::Extension<'_>| {
            let parameters = element.parameters.iter().map(|parameter| match &parameter.value {
                Some(value) => format!(";{}={value}", parameter.name),
                None => format!(";{}", parameter.name),
            });
            format!("{}{}", element.name, parameters.collect::<String>())
        };
        elements(field).map(|element| element.map_or_else(|| "!".to_owned(), written)).collect()
    }

    #[test]
    fn lists_are_read() {
        for (field, elements) in [
            ("", vec![]),
            (" , ,\t", vec![]),
            ("a", vec!["a"]),
            ("a, b ,c", vec!["a", "b", "c"]),
            ("a;x; y = 1 ;z=\"2\"", vec!["a;x;y=1;z=2"]),
            (r#"a;x="1\0", b"#, vec!["a;x=10", "b"]),
            // quotes hide separators, but what they hold must be a token
            (r#"a;x="1,2", b"#, vec!["!", "b"]),
            (r#"a;x="1;2", b"#, vec!["!", "b"]),
            (r#"a;x="\"", b"#, vec!["!", "b"]),
        ] {
            assert_eq!(read(field), elements, "{field}");
        }
    }

    #[test]
    fn malformed_elements_are_told() {
        for field in [
            "a b",
            ";",
            ";x",
            "a;",
            "a;;x",
            "a;=1",
            "a;x=",
            "a;x=1=2",
            "a;x=\"",
            "a;x=\"1",
            "a;x=\"1\"2",
            "a;x=\"\"",
            "a;x=\"1\\",
            "a/b",
            "a;x y",
            "a;x=1 2",
            "\"a\"",
            "a;\"x\"",
            "a;x=ü",
        ] {
            assert_eq!(read(field), ["!"], "{field}");
        }
    }
}

//! Reads header values of the form `value; name=text; name="quoted text"` (RFC 9110 §5.6.6).

/// A header value taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameterised<'a> {
    value: &'a [u8],
    /// Names in lower case, each of them once.
    parameters: Vec<(String, Vec<u8>)>,
}

impl<'a> Parameterised<'a> {
    /// `None` when the value does not keep to the form, or names a parameter twice: no two readers agree on those.
    pub(super) fn parse(header: &'a [u8]) -> Option<Self> {
        let end = header.iter().position(|byte| *byte == b';').unwrap_or(header.len());
        let (value, mut rest) = (header[..end].trim_ascii(), &header[end..]);
        let mut parameters: Vec<(String, Vec<u8>)> = Vec::new();
        while let Some(after) = rest.strip_prefix(b";") {
            rest = after.trim_ascii_start();
            if rest.is_empty() || rest[0] == b';' {
                continue;
            }
            let (name, text, after) = parameter(rest)?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return None;
            }
            parameters.push((name, text));
            rest = after;
        }
        rest.is_empty().then_some(Self { value, parameters })
    }

    /// Whether the value before the parameters is this one; case does not count.
    pub(super) fn is(&self, value: &str) -> bool {
        self.value.eq_ignore_ascii_case(value.as_bytes())
    }

    /// Takes a parameter out; `name` is in lower case.
    pub(super) fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        let at = self.parameters.iter().position(|(known, _)| known == name)?;
        Some(self.parameters.swap_remove(at).1)
    }
}

/// The name and text of the first parameter, and what follows it.
fn parameter(rest: &[u8]) -> Option<(String, Vec<u8>, &[u8])> {
    let equals = rest.iter().position(|byte| *byte == b'=')?;
    let name = std::str::from_utf8(rest[..equals].trim_ascii()).ok()?;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic() && !b"\";,".contains(&byte)) {
        return None;
    }
    let text = rest[equals + 1..].trim_ascii_start();
    let (text, rest) = match text.strip_prefix(b"\"") {
        Some(quoted) => quoted_text(quoted)?,
        None => bare_text(text)?,
    };
    Some((name.to_ascii_lowercase(), text, rest.trim_ascii_start()))
}

/// Text after its opening quote. A backslash escapes a quote or a backslash; before anything else it stands for
/// itself, since some clients send the paths of their file system as they are.
fn quoted_text(quoted: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut text = Vec::with_capacity(quoted.len().min(64));
    let mut bytes = quoted;
    loop {
        match bytes {
            [b'\\', escaped @ (b'"' | b'\\'), after @ ..] => {
                text.push(*escaped);
                bytes = after;
            }
            [b'"', after @ ..] => return Some((text, after)),
            [byte, after @ ..] => {
                text.push(*byte);
                bytes = after;
            }
            [] => return None,
        }
    }
}

/// Text without quotes: wider than a token, since boundaries are sent unquoted whatever is in them.
fn bare_text(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let end = text.iter().position(|byte| *byte == b';').unwrap_or(text.len());
    let (bare, rest) = (text[..end].trim_ascii(), &text[end..]);
    let plain = bare.iter().all(|byte| !byte.is_ascii_whitespace() && *byte != b'"');
    plain.then(|| (bare.to_vec(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(header: &str) -> Option<String> {
        Parameterised::parse(header.as_bytes())?.take("name").map(|name| String::from_utf8(name).unwrap())
    }

    #[test]
    fn tokens_and_quoted_texts() {
        for (header, name) in [
            ("form-data; name=a", "a"),
            ("form-data;name=\"a\"", "a"),
            ("form-data ; NAME = \"a\" ; x=y", "a"),
            ("form-data;; name=a;", "a"),
            ("form-data; name=\"\"", ""),
            ("form-data; name=", ""),
            (r#"form-data; name="a\"b""#, "a\"b"),
            (r#"form-data; name="a\\b""#, r"a\b"),
            (r#"form-data; name="a\\""#, r"a\"),
            (r#"form-data; name="C:\dir\file""#, r"C:\dir\file"),
            (r#"form-data; name="a;b=c""#, "a;b=c"),
            ("form-data; name=\"é 你\"", "é 你"),
            (r#"form-data; filename="; name=evil"; name=real"#, "real"),
            (r#"form-data; filename="a\"; name=evil; x=\""; name="real""#, "real"),
            ("form-data; filename*=UTF-8''x; xname=no; name=a", "a"),
        ] {
            assert_eq!(name_of(header).as_deref(), Some(name), "{header}");
        }
    }

    #[test]
    fn broken_and_ambiguous_values_are_refused() {
        for header in [
            "form-data; name",
            "form-data; =a",
            "form-data; name=\"a",
            "form-data; name=\"a\\\"",
            "form-data; name=\"a\"b",
            "form-data; name=a\"b",
            "form-data; name=a b",
            "form-data; name=a; name=b",
            "form-data; name=a; Name=a",
            "form-data; na\"me=a",
            "form-data; é=a",
        ] {
            assert_eq!(Parameterised::parse(header.as_bytes()), None, "{header}");
        }
    }

    #[test]
    fn the_value_is_compared_without_case() {
        assert!(Parameterised::parse(b"Form-Data").unwrap().is("form-data"));
        assert!(Parameterised::parse(b" form-data ; a=b").unwrap().is("form-data"));
        assert!(!Parameterised::parse(b"form-datas").unwrap().is("form-data"));
    }
}

//! Reading a pattern.

use std::iter::Peekable;
use std::str::Chars;

use super::{Capture, Kind, Pattern, Piece};

impl Pattern {
    /// Reads a pattern; the error is a sentence for its author.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err("a pattern begins with `/`".to_owned());
        }
        let mut reader = Reader::new(text);
        reader.read()?;
        reader.finish(text)
    }
}

struct Reader<'a> {
    chars: Peekable<Chars<'a>>,
    text: String,
    pieces: Vec<Piece>,
    captures: Vec<Capture>,
    /// The segment at hand has a capture already.
    captured: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        let chars = text.chars().peekable();
        Self { chars, text: String::new(), pieces: Vec::new(), captures: Vec::new(), captured: false }
    }

    fn read(&mut self) -> Result<(), String> {
        while let Some(next) = self.chars.next() {
            match next {
                '{' if self.chars.next_if_eq(&'{').is_some() => self.literal('{'),
                '}' if self.chars.next_if_eq(&'}').is_some() => self.literal('}'),
                '{' => self.capture()?,
                '}' => return Err("`}` without `{`; write `}}` for the character itself".to_owned()),
                '?' | '#' => return Err(format!("a pattern is a path: `{next}` cannot be in it")),
                '%' => self.encoded()?,
                other => self.literal(other),
            }
            self.captured &= next != '/';
        }
        Ok(())
    }

    fn finish(mut self, text: &str) -> Result<Pattern, String> {
        self.end_text();
        let early = self.captures.iter().rev().skip(1).any(|capture| capture.rest);
        let rest = self.captures.last().is_some_and(|capture| capture.rest);
        if early || rest && !matches!(self.pieces.last(), Some(Piece::Capture(_))) {
            return Err("a capture of the rest, `{*name}`, stands at the end".to_owned());
        }
        let before = self.pieces.len().checked_sub(2).and_then(|at| self.pieces.get(at));
        if rest && !matches!(before, Some(Piece::Text(text)) if text.ends_with('/')) {
            return Err("a capture of the rest, `{*name}`, is a segment of its own".to_owned());
        }
        Ok(Pattern { text: text.into(), pieces: self.pieces, captures: self.captures })
    }

    /// Percent-encodes what a client's path cannot hold (RFC 3986 §3.3), so that patterns can be written as they are read.
    fn literal(&mut self, literal: char) {
        let is_plain = literal.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/{}".contains(literal);
        if is_plain {
            self.text.push(literal);
            return;
        }
        let mut buffer = [0; 4];
        for byte in literal.encode_utf8(&mut buffer).bytes() {
            self.text.push_str(percent_encoding::percent_encode_byte(byte));
        }
    }

    /// `%2F` stays, in upper case.
    fn encoded(&mut self) -> Result<(), String> {
        self.text.push('%');
        for _ in 0..2 {
            let digit = self.chars.next_if(char::is_ascii_hexdigit);
            let digit = digit
                .ok_or("`%` is followed by two hexadecimal digits; write `%25` for the character itself")?;
            self.text.push(digit.to_ascii_uppercase());
        }
        Ok(())
    }

    fn capture(&mut self) -> Result<(), String> {
        let mut inside = String::new();
        loop {
            match self.chars.next() {
                Some('}') => break,
                Some('{' | '/') | None => return Err(format!("`{{{inside}` is not closed")),
                Some(other) => inside.push(other),
            }
        }
        if self.captured {
            return Err("a segment can hold one capture".to_owned());
        }
        self.captured = true;
        self.end_text();
        self.pieces.push(Piece::Capture(self.captures.len()));
        let capture = read_capture(&inside)?;
        if self.captures.iter().any(|earlier| earlier.name == capture.name) {
            return Err(format!("two captures are called `{}`", capture.name));
        }
        self.captures.push(capture);
        Ok(())
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }
}

/// `name`, `name:kind` or `*name`.
fn read_capture(inside: &str) -> Result<Capture, String> {
    let (rest, inside) = inside.strip_prefix('*').map_or((false, inside), |inside| (true, inside));
    let (name, kind) = inside.split_once(':').map_or((inside, None), |(name, kind)| (name, Some(kind)));
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if !is_name {
        return Err(format!("`{name}` is no name of a capture: letters, digits and `_`, no digit first"));
    }
    if rest && kind.is_some() {
        return Err(format!("`{name}` takes the rest of the path and cannot have a type"));
    }
    let kind = kind.map(str::parse::<Kind>).transpose()?;
    Ok(Capture { name: name.into(), kind, rest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_free_of_names() {
        for (pattern, shape) in [
            ("/", "/"),
            ("/users/{id}", "/users/{0}"),
            ("/users/{id:u64}/posts/{*rest}", "/users/{0}/posts/{*1}"),
            ("/img/a-{id}.png", "/img/a-{0}.png"),
            ("/{{x}}", "/{{x}}"),
            ("/café au lait", "/caf%C3%A9%20au%20lait"),
            ("/a%2fb", "/a%2Fb"),
            ("//x/../y/", "//x/../y/"),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().shape(), shape);
        }
    }

    #[test]
    fn faults_are_told() {
        for (pattern, told) in [
            ("users", "begins with `/`"),
            ("", "begins with `/`"),
            ("/{id", "not closed"),
            ("/{a/b}", "not closed"),
            ("/id}", "without `{`"),
            ("/{}", "no name"),
            ("/{1a}", "no name"),
            ("/{id:number}", "there are int, u32"),
            ("/{*rest}/x", "stands at the end"),
            ("/a{*rest}", "segment of its own"),
            ("/{*rest:int}", "cannot have a type"),
            ("/{a}-{b}", "one capture"),
            ("/{a}/{a}", "two captures are called `a`"),
            ("/a?b", "is a path"),
            ("/50%", "two hexadecimal digits"),
        ] {
            let error = Pattern::parse(pattern).unwrap_err();
            assert!(error.contains(told), "{pattern}: {error}");
        }
    }
}

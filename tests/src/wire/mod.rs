//! The client's side of HTTP/1: a strict reader of answers that forgives a server nothing.

mod body;
mod head;
mod rules;

use serde::Deserialize;

use crate::Fault;

/// What was asked, as far as it decides how the answer is framed (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Asked {
    /// HEAD: never content.
    Head,
    /// CONNECT: 2xx opens a tunnel.
    Connect,
    /// Any other method.
    #[default]
    Other,
}

/// How the content of an answer is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// There is none.
    None,
    /// By Content-Length.
    Length(u64),
    /// By the chunked coding.
    Chunked,
    /// By the end of the connection.
    Close,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The minor version of HTTP/1.x in the status line.
    pub minor: u8,
    /// The status code.
    pub status: u16,
    /// Names in lower case, values as they came (one char a byte).
    pub fields: Vec<(String, String)>,
    /// How the content is delimited.
    pub framing: Framing,
    /// The content, without its transfer coding.
    pub body: Vec<u8>,
    /// The trailer fields.
    pub trailers: Vec<(String, String)>,
    /// How many bytes of the input this answer takes.
    pub taken: usize,
}

impl Response {
    /// The values of `name`, joined with `, `; `None` when the field is not there.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.lines(name).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The values of `name`, line by line.
    pub fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether `Connection` announces the end.
    #[must_use]
    pub fn closes(&self) -> bool {
        self.has_option("close")
    }

    /// Whether `Connection` has this option.
    #[must_use]
    pub fn has_option(&self, option: &str) -> bool {
        self.field("connection")
            .is_some_and(|list| list.split(',').any(|one| one.trim().eq_ignore_ascii_case(option)))
    }

    /// Whether what follows is no longer HTTP.
    #[must_use]
    pub fn opens_tunnel(&self, asked: Asked) -> bool {
        self.status == 101 || (asked == Asked::Connect && (200..300).contains(&self.status))
    }
}

/// What the bytes hold so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// A whole answer.
    Complete(Response),
    /// A whole head, and content that is not yet complete.
    Partial(Response),
    /// Not even a whole head.
    Nothing,
}

/// Reads the first answer in `bytes`; `ended` says that no more will come.
///
/// # Errors
/// The bytes are no HTTP/1 answer, or one that breaks a MUST of RFC 9110 or 9112 for senders.
pub fn parse(bytes: &[u8], asked: Asked, ended: bool) -> Result<Parsed, Fault> {
    let Some(head) = head::read(bytes)? else { return Ok(Parsed::Nothing) };
    let framing = rules::framing(&head, asked)?;
    let mut answer = Response {
        minor: head.minor,
        status: head.status,
        fields: head.fields,
        framing,
        body: Vec::new(),
        trailers: Vec::new(),
        taken: head.length,
    };
    rules::check(&answer)?;
    let complete = body::read(&bytes[head.length..], &mut answer, ended)?;
    Ok(if complete { Parsed::Complete(answer) } else { Parsed::Partial(answer) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

    fn read(head: &str, rest: &str) -> Result<Parsed, Fault> {
        parse(format!("{head}{DATE}\r\n{rest}").as_bytes(), Asked::Other, false)
    }

    fn whole(head: &str, rest: &str) -> Response {
        match read(head, rest).unwrap() {
            Parsed::Complete(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn content_by_length_leaves_the_next_answer() {
        let answer = whole("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "OKHTTP/1.1");
        assert_eq!((answer.body.as_slice(), answer.framing), (b"OK".as_slice(), Framing::Length(2)));
        assert_eq!(answer.taken, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK".len() + DATE.len());
    }

    #[test]
    fn content_in_chunks_with_trailers() {
        let answer = whole(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n",
            "2\r\nab\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\n",
        );
        assert_eq!(answer.body, b"ab0123456789");
        assert_eq!(answer.trailers, [("x".to_owned(), "y".to_owned())]);
    }

    #[test]
    fn what_is_missing_is_partial() {
        assert!(matches!(read("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n", "ab"), Ok(Parsed::Partial(_))));
        assert!(matches!(
            read("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n", "2\r\nab\r\n0\r\n"),
            Ok(Parsed::Partial(_))
        ));
        assert_eq!(parse(b"HTTP/1.1 20", Asked::Other, false).unwrap(), Parsed::Nothing);
    }

    #[test]
    fn head_and_304_have_no_content_whatever_their_length_says() {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n{DATE}\r\n");
        let answer = parse(head.as_bytes(), Asked::Head, false).unwrap();
        assert!(matches!(answer, Parsed::Complete(answer) if answer.framing == Framing::None));
        assert_eq!(whole("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n", "").framing, Framing::None);
    }

    #[test]
    fn answers_that_no_server_may_send() {
        for (head, rest) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n", "OK"),
            ("HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n", ""),
            ("HTTP/1.1 200 OK\r\nx : y\r\n", ""),
            ("HTTP/1.1 200 OK\r\nx: y\n", ""),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n", "0x2\r\nab\r\n"),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n", "2\r\nabc\r\n"),
            ("HTTP/2.0 200 OK\r\n", ""),
            ("garbage\r\n", ""),
        ] {
            assert!(read(head, rest).is_err(), "{head}");
        }
        assert!(parse(b"HTTP/1.1 200 OK\r\n\r\n", Asked::Other, true).is_err(), "no Date");
    }
}

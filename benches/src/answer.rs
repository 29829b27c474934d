//! One HTTP/1.1 answer, read whole and checked: a load client that does not look at what it gets counts refusals as
//! speed.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// A request that leaves the connection open.
pub const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A request after whose answer the server closes (RFC 9112 §9.6).
pub const REQUEST_CLOSE: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

const STATUS_OK: &[u8] = b"HTTP/1.1 200 ";
const LARGEST_ANSWER: usize = 4096;

/// Reads one answer framed by `Content-Length` and leaves the connection open.
///
/// # Errors
/// `InvalidData` for a status other than 200, an answer without `Content-Length`, one above 4096 bytes, or bytes
/// after its end; `UnexpectedEof` for one cut short; otherwise the socket's own error.
pub async fn read_answer(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    let mut buffer = [0; LARGEST_ANSWER];
    let mut filled = 0;
    loop {
        filled += read_some(stream, &mut buffer[filled..]).await?;
        match length(&buffer[..filled])? {
            Some(expected) if filled == expected => return Ok(()),
            Some(expected) if filled > expected => return Err(invalid("bytes after the answer")),
            _ => {}
        }
    }
}

/// Reads one answer and then the server's close.
///
/// # Errors
/// As [`read_answer`], and `InvalidData` when anything but the end of the stream follows the answer.
pub async fn read_to_end(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    read_answer(stream).await?;
    match stream.read(&mut [0]).await? {
        0 => Ok(()),
        _ => Err(invalid("bytes where the server was asked to close")),
    }
}

async fn read_some(stream: &mut (impl AsyncRead + Unpin), free: &mut [u8]) -> io::Result<usize> {
    if free.is_empty() {
        return Err(invalid("answer above 4096 bytes"));
    }
    match stream.read(free).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        count => Ok(count),
    }
}

/// Length of the whole answer, once its head is here.
fn length(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = &bytes[..end];
    if !head.starts_with(STATUS_OK) {
        return Err(invalid("status other than 200"));
    }
    let body = content_length(head).ok_or_else(|| invalid("answer without Content-Length"))?;
    Ok(Some(end + 4 + body))
}

fn content_length(head: &[u8]) -> Option<usize> {
    let head = std::str::from_utf8(head).ok()?;
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    value.trim().parse().ok()
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{read_answer, read_to_end};

    const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi";

    #[tokio::test]
    async fn a_whole_answer_is_taken() {
        read_answer(&mut GOOD.as_bytes()).await.unwrap();
        read_to_end(&mut GOOD.as_bytes()).await.unwrap();
    }

    #[tokio::test]
    async fn other_answers_are_refused() {
        let cut = &GOOD[..GOOD.len() - 1];
        assert_eq!(read_answer(&mut cut.as_bytes()).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        let long = "x".repeat(5000);
        let unframed = "HTTP/1.1 200 OK\r\n\r\n";
        let refused = GOOD.replace("200 OK", "503 Service Unavailable");
        for text in [long.as_str(), unframed, &refused, &format!("{GOOD}!")] {
            let error = read_answer(&mut text.as_bytes()).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{text}");
        }
    }
}

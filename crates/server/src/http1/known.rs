//! The fields of the connection's last head, so that the same ones need not be read again.
//!
//! A client sends mostly the same fields with each request. When the bytes behind a request line are those of the last
//! head, what they say is known: it does not depend on an origin-form target.

use super::request_line::RequestLine;
use super::scan::Head;

/// Longer ones are not kept: they cost every idle connection their memory.
const LONGEST: usize = 1024;
/// A client whose fields differ this often in a row has no use for this.
const MISSES: u8 = 8;

#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Fields with the empty line that ends them; empty for none.
    fields: Vec<u8>,
    minor: u8,
    head: Option<Head>,
    misses: u8,
}

impl Known {
    /// What a head says whose fields, at the start of `bytes`, are the known ones and begin at `at`.
    pub(super) fn recall(&self, bytes: &[u8], request: &RequestLine<'_>, at: usize) -> Option<Head> {
        let head = self.head?;
        let same = request.is_origin_form() && request.minor == self.minor && bytes.starts_with(&self.fields);
        same.then(|| Head { len: at + self.fields.len(), fields: None, ..head })
    }

    /// Notes a head that was read at the start of `bytes`.
    pub(super) fn note(&mut self, bytes: &[u8], head: Head) {
        let Some(at) = head.fields else { return };
        let fields = &bytes[at..head.len];
        if self.misses >= MISSES || fields.len() > LONGEST {
            return;
        }
        self.misses += 1;
        self.fields.clear();
        self.fields.extend_from_slice(fields);
        // `HTTP/1.x` and CRLF end the request line.
        self.minor = bytes[at - 3] - b'0';
        self.head = Some(head);
    }
}

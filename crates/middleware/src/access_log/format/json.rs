//! JSON lines: one object each.

use http::header::{HOST, HeaderName, REFERER, USER_AGENT};

use super::super::config::AccessLogConfig;
use super::super::escape::Escape;
use super::super::number::{write_number, write_padded};
use super::super::record::Record;
use super::super::scratch::Scratch;
use super::super::wanted::{Treatment, Wanted, at};
use super::Lines;
use super::template::Surroundings;

#[derive(Debug)]
pub(super) struct JsonFormat {
    asked: Wanted,
    answered: Wanted,
    host: usize,
    referer: usize,
    user_agent: usize,
    /// Its places in the request and in the response.
    request_id: Option<(usize, usize)>,
    headers: Vec<(HeaderName, usize)>,
    sample: u32,
    around: Surroundings,
}

impl JsonFormat {
    pub(super) fn new(config: &AccessLogConfig) -> Self {
        let (mut asked, mut answered) = (Wanted::default(), Wanted::default());
        let mut place = |name: &HeaderName| asked.add(name, Treatment::of(name));
        let (host, referer, user_agent) = (place(&HOST), place(&REFERER), place(&USER_AGENT));
        let request_id = config.request_id.as_ref();
        let request_id = request_id.map(|name| (place(name), answered.add(name, Treatment::of(name))));
        let headers = config.headers.iter().map(|name| (name.clone(), place(name))).collect();
        let (sample, around) = (config.sample, Surroundings::of(config));
        Self { asked, answered, host, referer, user_agent, request_id, headers, sample, around }
    }

    pub(super) fn wanted(&self) -> (Wanted, Wanted) {
        (self.asked.clone(), self.answered.clone())
    }

    pub(super) fn write(&self, record: &Record, lines: &Lines, scratch: &mut Scratch) {
        let out = &mut scratch.line;
        out.extend_from_slice(b"{\"time\":\"");
        scratch.clock.write_rfc3339(out);
        out.push(b'"');
        write_request(record, lines, out);
        write_response(record, out);
        self.write_host(record, out);
        string(out, "scheme", |out| out.extend_from_slice(record.client.scheme().as_bytes()));
        lines.write_asked(out, "referer", record, self.referer);
        lines.write_asked(out, "user_agent", record, self.user_agent);
        self.write_request_id(record, lines, out);
        self.write_headers(record, lines, out);
        self.write_surroundings(record, out);
        out.push(b'}');
    }

    fn write_host(&self, record: &Record, out: &mut Vec<u8>) {
        let authority = || record.uri.authority().map(|authority| authority.as_str());
        let told = record.client.host().or_else(authority).map(str::as_bytes);
        if let Some(host) = told.or_else(|| at(&record.asked, self.host)) {
            string(out, "host", |out| Escape::Json.write_value(out, host));
        }
    }

    /// The request's, or else the one that the application gave it.
    fn write_request_id(&self, record: &Record, lines: &Lines, out: &mut Vec<u8>) {
        let Some((asked, answered)) = self.request_id else { return };
        match (at(&record.asked, asked), at(&record.answered, answered)) {
            (None, Some(id)) => string(out, "request_id", |out| Escape::Json.write_value(out, id)),
            _ => lines.write_asked(out, "request_id", record, asked),
        }
    }

    fn write_headers(&self, record: &Record, lines: &Lines, out: &mut Vec<u8>) {
        const OPENING: &[u8] = b",\"headers\":{";
        let mut sent =
            self.headers.iter().filter(|(_, place)| at(&record.asked, *place).is_some()).peekable();
        if sent.peek().is_none() {
            return;
        }
        let first = out.len() + OPENING.len();
        out.extend_from_slice(OPENING);
        sent.for_each(|(name, place)| lines.write_asked(out, name.as_str(), record, *place));
        // Every member has a comma before it.
        out.remove(first);
        out.push(b'}');
    }

    fn write_surroundings(&self, record: &Record, out: &mut Vec<u8>) {
        if let Some(worker) = self.around.worker {
            number(out, "worker", u64::from(worker));
        }
        number(out, "pid", u64::from(self.around.pid));
        if record.cut {
            out.extend_from_slice(b",\"cut\":true");
        }
        if self.sample > 1 && record.is_ordinary() {
            number(out, "sample", u64::from(self.sample));
        }
    }
}

fn write_request(record: &Record, lines: &Lines, out: &mut Vec<u8>) {
    if record.client.is_known() {
        string(out, "client", |out| record.client.write_ip(out));
    }
    if record.client.port() != 0 {
        number(out, "port", u64::from(record.client.port()));
    }
    string(out, "method", |out| out.extend_from_slice(record.method.as_str().as_bytes()));
    string(out, "target", |out| lines.secrets.write_uri(out, record.target().as_bytes(), Escape::Json));
    string(out, "protocol", |out| out.extend_from_slice(record.protocol().as_bytes()));
}

fn write_response(record: &Record, out: &mut Vec<u8>) {
    number(out, "status", u64::from(record.status));
    number(out, "bytes", record.bytes);
    let took = record.started.elapsed().as_micros() as u64;
    number(out, "duration_ms", took / 1000);
    out.push(b'.');
    write_padded(out, took % 1000, 3);
}

impl Lines {
    /// Writes a header of the request as a member, if it was sent.
    fn write_asked(&self, out: &mut Vec<u8>, member: &str, record: &Record, place: usize) {
        let Some(value) = at(&record.asked, place) else { return };
        let treatment = self.asked.treatment(place);
        string(out, member, |out| self.secrets.write_field(out, value, treatment, Escape::Json));
    }
}

fn name(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn string(out: &mut Vec<u8>, member: &str, write: impl FnOnce(&mut Vec<u8>)) {
    name(out, member);
    out.push(b'"');
    write(out);
    out.push(b'"');
}

fn number(out: &mut Vec<u8>, member: &str, value: u64) {
    name(out, member);
    write_number(out, value);
}

//! The lines of uvicorn, in black and white or with its colours.

use super::super::escape::Escape;
use super::super::number::write_number;
use super::super::record::Record;
use super::super::secrets::Secrets;

const PLAIN_LEVEL: &[u8] = b"INFO:     ";
const GREEN_LEVEL: &[u8] = b"\x1b[32mINFO\x1b[0m:     ";
const BOLD: &[u8] = b"\x1b[1m";
const NO_COLOR: &[u8] = b"\x1b[0m";

pub(super) fn write(record: &Record, colors: bool, secrets: &Secrets, line: &mut Vec<u8>) {
    line.extend_from_slice(if colors { GREEN_LEVEL } else { PLAIN_LEVEL });
    record.client.write(line);
    line.extend_from_slice(b" - \"");
    if record.websocket {
        write_websocket(record, secrets, line);
    } else {
        write_http(record, colors, secrets, line);
    }
    if record.cut {
        line.extend_from_slice(b" [cut]");
    }
}

fn write_http(record: &Record, colors: bool, secrets: &Secrets, line: &mut Vec<u8>) {
    colored(line, colors.then_some(BOLD), |line| {
        line.extend_from_slice(record.method.as_str().as_bytes());
        line.push(b' ');
        secrets.write_uri(line, record.target().as_bytes(), Escape::Text);
        line.push(b' ');
        line.extend_from_slice(record.protocol().as_bytes());
    });
    line.extend_from_slice(b"\" ");
    colored(line, colors.then(|| color(record.status)), |line| {
        write_number(line, u64::from(record.status));
        let phrase = record.phrase();
        if !phrase.is_empty() {
            line.push(b' ');
            line.extend_from_slice(phrase.as_bytes());
        }
    });
}

/// 101 over HTTP/1.1, a success over HTTP/2 (RFC 8441 §5).
fn write_websocket(record: &Record, secrets: &Secrets, line: &mut Vec<u8>) {
    line.extend_from_slice(b"WebSocket ");
    secrets.write_uri(line, record.target().as_bytes(), Escape::Text);
    line.extend_from_slice(b"\" ");
    if record.status == 101 || record.is_success() {
        line.extend_from_slice(b"[accepted]");
    } else {
        write_number(line, u64::from(record.status));
    }
}

const fn color(status: u16) -> &'static [u8] {
    match status / 100 {
        1 => b"\x1b[97m",
        2 => b"\x1b[32m",
        3 => b"\x1b[33m",
        4 => b"\x1b[31m",
        _ => b"\x1b[91m",
    }
}

fn colored(line: &mut Vec<u8>, color: Option<&[u8]>, write: impl FnOnce(&mut Vec<u8>)) {
    line.extend_from_slice(color.unwrap_or_default());
    write(line);
    if color.is_some() {
        line.extend_from_slice(NO_COLOR);
    }
}

//! The JSON rendering (RFC 9457 §3), written straight into one buffer.

use std::fmt::Write;

use serde_json::Value;

use super::Problem;

pub(super) fn render(problem: &Problem) -> String {
    let mut out = String::with_capacity(160);
    out.push_str("{\"type\":");
    push_str(&mut out, problem.type_uri());
    out.push_str(",\"title\":");
    push_str(&mut out, problem.title());
    // Writing to a `String` does not fail.
    let _ = write!(out, ",\"status\":{}", problem.status().as_u16());
    for (name, text) in [("detail", problem.detail()), ("instance", problem.instance())] {
        if let Some(text) = text {
            push_name(&mut out, name);
            push_str(&mut out, text);
        }
    }
    for (name, value) in problem.extensions() {
        push_name(&mut out, name);
        let _ = write!(out, "{value}");
    }
    let causes: Vec<Value> = problem.visible_causes().map(Value::String).collect();
    if !causes.is_empty() {
        push_name(&mut out, "causes");
        let _ = write!(out, "{}", Value::Array(causes));
    }
    out.push('}');
    out
}

fn push_name(out: &mut String, name: &str) {
    out.push(',');
    push_str(out, name);
    out.push(':');
}

/// A JSON string (RFC 8259 §7).
fn push_str(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[plain..at]);
        plain = at + 1;
        push_escape(out, byte);
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

fn push_escape(out: &mut String, byte: u8) {
    match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        _ => {
            let _ = write!(out, "\\u{byte:04x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_read_back_as_written() {
        let every: String = (0..0x2ff).filter_map(char::from_u32).chain("漢字 😀 \u{2028}".chars()).collect();
        for text in ["", "plain", "\"", "\\", "a\"b\\c\nd\re\tf\u{0}\u{1f}\u{7f}", &every] {
            let mut out = String::new();
            push_str(&mut out, text);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }
}

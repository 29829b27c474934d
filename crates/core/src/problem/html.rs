//! The HTML rendering: a small page that follows the reader's light or dark scheme, every value escaped.

use std::fmt::Write;

use super::Problem;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:42rem;margin:12vh auto;padding:0 1rem}\
h1{font-size:1.5rem}dt{font-weight:600}dd{margin:0 0 .5rem;overflow-wrap:anywhere;white-space:pre-wrap}";

pub(super) fn render(problem: &Problem) -> String {
    let mut out = String::with_capacity(640);
    push_head(&mut out, problem);
    push_element(&mut out, "p", problem.detail());
    let facts = out.len();
    out.push_str("<dl>");
    let empty = out.len();
    push_facts(&mut out, problem);
    if out.len() == empty {
        out.truncate(facts);
    } else {
        out.push_str("</dl>\n");
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn push_head(out: &mut String, problem: &Problem) {
    let mut heading = String::with_capacity(32);
    // Writing to a `String` does not fail.
    let _ = write!(heading, "{} ", problem.status().as_u16());
    push_escaped(&mut heading, problem.title());
    let _ = writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{heading}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{heading}</h1>"
    );
}

fn push_facts(out: &mut String, problem: &Problem) {
    if problem.type_uri() != super::ABOUT_BLANK {
        push_fact(out, "type", problem.type_uri());
    }
    if let Some(instance) = problem.instance() {
        push_fact(out, "instance", instance);
    }
    for (name, value) in problem.extensions() {
        push_fact(out, name, &value.to_string());
    }
    for cause in problem.visible_causes() {
        push_fact(out, "cause", &cause);
    }
}

fn push_fact(out: &mut String, name: &str, value: &str) {
    out.push_str("<dt>");
    push_escaped(out, name);
    out.push_str("</dt><dd>");
    push_escaped(out, value);
    out.push_str("</dd>\n");
}

fn push_element(out: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        let _ = write!(out, "<{name}>");
        push_escaped(out, text);
        let _ = writeln!(out, "</{name}>");
    }
}

/// Escapes text for element content and for quoted attribute values alike.
fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

//! The plain-text rendering: one line a fact, control characters made harmless to terminals.

use std::fmt::Write;

use super::Problem;

pub(super) fn render(problem: &Problem) -> String {
    let mut out = String::with_capacity(96);
    // Writing to a `String` does not fail.
    let _ = write!(out, "{} ", problem.status().as_u16());
    push_line(&mut out, problem.title());
    if let Some(detail) = problem.detail() {
        push_line(&mut out, detail);
    }
    if problem.type_uri() != super::ABOUT_BLANK {
        push_fact(&mut out, "type", problem.type_uri());
    }
    if let Some(instance) = problem.instance() {
        push_fact(&mut out, "instance", instance);
    }
    for (name, value) in problem.extensions() {
        push_fact(&mut out, name, &value.to_string());
    }
    for cause in problem.visible_causes() {
        push_fact(&mut out, "cause", &cause);
    }
    out
}

fn push_fact(out: &mut String, name: &str, value: &str) {
    push_safe(out, name);
    out.push_str(": ");
    push_line(out, value);
}

fn push_line(out: &mut String, text: &str) {
    push_safe(out, text);
    out.push('\n');
}

/// Control characters could move a terminal's cursor or forge a line; line feeds and tabs are let through.
fn push_safe(out: &mut String, text: &str) {
    out.extend(text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }));
}

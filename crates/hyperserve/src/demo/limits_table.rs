//! The rows of the page's table of limits.

use std::fmt::Write;

use hyperserve_server::{LimitEntry, Limits};

/// One row a limit; those that differ from their default are marked.
pub(super) fn rows(entries: &[LimitEntry]) -> String {
    let defaults = Limits::default().entries();
    let mut rows = String::new();
    for entry in entries {
        let is_default = defaults.iter().any(|default| default == entry);
        let mark = if is_default { "" } else { " <span class=\"mark\">set</span>" };
        let value = if entry.value.is_empty() { "none" } else { &entry.value };
        // Writing to a `String` does not fail.
        let _ = writeln!(
            rows,
            "<tr><th scope=\"row\"><code>{}</code>{mark}</th><td class=\"value\">{}</td><td>{}</td></tr>",
            entry.name,
            escaped(value),
            prose(entry.about),
        );
    }
    rows
}

/// A sentence for element content, in which names stand between backticks.
fn prose(text: &str) -> String {
    let part =
        |(index, part)| if index % 2 == 1 { format!("<code>{part}</code>") } else { String::from(part) };
    escaped(text).split('`').enumerate().map(part).collect()
}

/// Text for element content.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_force_are_shown_and_marked() {
        let mut limits = Limits::default();
        limits.set("head_timeout", "5s").unwrap();
        let rows = rows(&limits.entries());
        assert_eq!(rows.lines().count(), limits.entries().len());
        assert_eq!(rows.matches("class=\"mark\"").count(), 1);
        let head = rows.lines().find(|row| row.contains("<code>head_timeout</code>")).unwrap();
        assert!(head.contains("<span class=\"mark\">set</span></th><td class=\"value\">5s</td>"), "{head}");
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(escaped("a<b>&c"), "a&lt;b>&amp;c");
        assert_eq!(prose("after `a`, <b>"), "after <code>a</code>, &lt;b>");
    }
}

//! From parts to one page: sections in their order, links to them, and the code of each under it.

use std::fmt::Write;

use crate::part::{Part, Source};
use crate::routes::Rows;

/// What the page shows of its code at the top.
const EXCERPT: &str = include_str!("../todos/mod.rs");

/// The page. What does not change while the program runs is in it from the start, so that nothing moves later.
pub(super) fn page(parts: &[&Part], rows: &Rows, layers: &[&str]) -> String {
    let each = |render: fn(&Part) -> String| parts.iter().map(|part| render(part)).collect::<String>();
    include_str!("page.html")
        .replace("<!--version-->", env!("CARGO_PKG_VERSION"))
        .replace("<!--scripts-->", each(script).trim_end())
        .replace("<!--links-->", &each(link))
        .replace("<!--parts-->", &each(section))
        .replace("<!--lines-->", &thousands(lines(parts)))
        .replace("<!--excerpt-->", &escaped(&excerpt(EXCERPT, &["pub(crate) fn routes", "async fn create"])))
        .replace("<!--layers-->", &layers.iter().map(|name| format!("<li>{name}</li>")).collect::<String>())
        .replace("<!--routes-->", &rows.html())
}

/// All styles in one file, the frame's first.
pub(super) fn style(parts: &[&Part]) -> String {
    parts.iter().fold(include_str!("page.css").to_owned(), |all, part| all + "\n" + part.style)
}

/// Lines of code in the Rust files that the page shows, which is all of them.
fn lines(parts: &[&Part]) -> usize {
    let sources = parts.iter().flat_map(|part| part.sources);
    sources.map(Source::lines_of_code).sum()
}

impl Source {
    /// Neither empty, nor a comment, nor a test: tests stand at the end of a file.
    fn lines_of_code(&self) -> usize {
        let own = self.text.lines().take_while(|line| *line != "#[cfg(test)]").map(str::trim);
        own.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
    }
}

/// With a comma after the thousands; there are not millions.
fn thousands(n: usize) -> String {
    if n < 1000 { n.to_string() } else { format!("{},{:03}", n / 1000, n % 1000) }
}

/// The functions that begin so, each to its closing brace.
fn excerpt(text: &str, beginnings: &[&str]) -> String {
    let function = |beginning: &&str| {
        let rest = &text[text.find(*beginning)?..];
        rest.split_inclusive("\n}\n").next()
    };
    beginnings.iter().filter_map(function).collect::<Vec<_>>().join("\n")
}

fn script(part: &Part) -> String {
    format!("<script type=\"module\" src=\"/parts/{}.js\"></script>\n", part.name)
}

fn link(part: &Part) -> String {
    match part.link {
        "" => String::new(),
        link => format!("    <a href=\"#{}\">{link}</a>\n", part.name),
    }
}

fn section(part: &Part) -> String {
    let (name, html) = (part.name, part.html);
    let code = code(part);
    format!(
        "<section class=\"part\" id=\"{name}\" aria-labelledby=\"{name}-title\">\n{html}{code}</section>\n\n"
    )
}

/// What opens to the part's code. Without a script its links lead to the files as they are.
fn code(part: &Part) -> String {
    let mut files = String::new();
    for Source { path, .. } in part.sources {
        // Writing to a `String` does not fail.
        let _ = write!(files, "<a href=\"/source/{path}\" data-path=\"{path}\">{path}</a>");
    }
    let lines: usize = part.sources.iter().map(Source::lines_of_code).sum();
    format!(
        "  <details class=\"code\">\n    <summary>The code that answers <span>{lines} lines of Rust</span></summary>\n    \
         <nav class=\"files\" aria-label=\"Files\">{files}</nav>\n    \
         <pre tabindex=\"0\" aria-label=\"Code\"></pre>\n  </details>\n"
    )
}

/// Text for element content.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

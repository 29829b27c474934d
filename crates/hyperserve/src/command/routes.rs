//! `routes`: the table of routes, for people and for programs.

use std::fmt::Write;

use hyperserve_router::RouteInfo;
use serde_json::{Value, json};

use super::failure::Failure;
use super::terminal;

const HEADINGS: [&str; 5] = ["METHODS", "PATTERN", "NAME", "HANDLER", "SITE"];

type Row = [String; 5];

/// Prints the table, aligned, or as one JSON array.
pub(super) fn print(routes: &[RouteInfo], as_json: bool) -> Result<(), Failure> {
    if as_json {
        let objects: Vec<_> = routes.iter().map(object).collect();
        return terminal::print(format!("{}\n", serde_json::to_string_pretty(&objects)?).as_bytes());
    }
    terminal::print(table(&rows(routes)).as_bytes())
}

fn object(route: &RouteInfo) -> Value {
    json!({
        "method": route.method.as_ref().map(http::Method::as_str),
        "host": route.host,
        "pattern": route.pattern,
        "name": route.name,
        "handler": route.handler,
        "file": route.site.file(),
        "line": route.site.line(),
    })
}

/// One row a pattern and registration, its methods together.
fn rows(routes: &[RouteInfo]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for route in routes {
        let method = route.method.as_ref().map_or("any", http::Method::as_str);
        let row = row(method, route);
        match rows.last_mut() {
            Some(last) if last[1..] == row[1..] => {
                last[0].push(',');
                last[0].push_str(method);
            }
            _ => rows.push(row),
        }
    }
    rows
}

fn row(method: &str, route: &RouteInfo) -> Row {
    let pattern = format!("{}{}", route.host.as_deref().unwrap_or_default(), route.pattern);
    let name = route.name.as_deref().unwrap_or("-");
    let site = format!("{}:{}", route.site.file(), route.site.line());
    [method.to_owned(), pattern, name.to_owned(), route.handler.to_owned(), site]
}

fn table(rows: &[Row]) -> String {
    let headings = HEADINGS.map(str::to_owned);
    let all = || std::iter::once(&headings).chain(rows);
    let width = |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for row in all() {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a `String` does not fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::App;
    use hyperserve_router::{Router, get};

    async fn nothing() {}

    fn routes() -> Vec<RouteInfo> {
        let inner = Router::new().route("/{id}", get(nothing).name("item"));
        App::new().route("/", get(nothing)).nest("/items", inner).routes()
    }

    #[test]
    fn columns_are_aligned_and_end_without_spaces() {
        let text = table(&rows(&routes()));
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[0].starts_with("METHODS  PATTERN      NAME  HANDLER"), "{text}");
        assert!(lines[1].starts_with("GET      /            -     "), "{text}");
        assert!(lines[2].starts_with("GET      /items/{id}  item  "), "{text}");
        assert!(lines[2].contains("nothing") && lines[2].contains("routes.rs:"), "{text}");
        assert!(lines.iter().all(|line| line.trim_end() == *line));
    }

    #[test]
    fn programs_get_every_member() {
        let object = object(&routes()[1]);
        assert_eq!(
            (&object["method"], &object["pattern"], &object["name"]),
            (&"GET".into(), &"/items/{id}".into(), &"item".into())
        );
        assert_eq!(object["host"], Value::Null);
        assert!(object["line"].as_u64().is_some_and(|line| line > 0));
    }

    #[test]
    fn no_routes_are_a_heading() {
        assert_eq!(table(&[]).lines().count(), 1);
    }
}

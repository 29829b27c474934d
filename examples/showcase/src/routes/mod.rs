//! Part: the table of routes, as the router itself tells it.

use std::fmt::Write;
use std::sync::Arc;

use hyperserve::prelude::*;
use serde::Serialize;

use crate::Showcase;
use crate::page::escaped;
use crate::part::{Part, source};

pub(crate) const PART: Part = Part {
    name: "routes",
    link: "Routes",
    html: include_str!("part.html"),
    style: include_str!("part.css"),
    script: include_str!("part.js"),
    sources: &[
        source!("main.rs"),
        source!("routes/mod.rs"),
        source!("page/mod.rs"),
        source!("page/assemble.rs"),
        source!("part.rs"),
    ],
};

pub(crate) fn routes() -> Router<Showcase> {
    Router::new().route("/api/routes", get(list))
}

async fn list(State(rows): State<Rows>) -> Response {
    Json(&*rows.0).into_response()
}

/// The routes in the order of their registration.
#[derive(Clone, Debug)]
pub(crate) struct Rows(Arc<[Row]>);

#[derive(Debug, Serialize)]
struct Row {
    method: String,
    pattern: String,
    handler: &'static str,
    /// The file under `src/`, and the line in it, that registered the route; `None` if that was not in this program.
    file: Option<&'static str>,
    line: u32,
}

impl Rows {
    pub(crate) fn new(routes: &[RouteInfo]) -> Self {
        Self(routes.iter().map(Row::new).collect())
    }

    /// The rows of the page's table.
    pub(crate) fn html(&self) -> String {
        let mut html = String::new();
        for row in &*self.0 {
            let (pattern, handler, place) = (escaped(&row.pattern), escaped(row.handler), row.place());
            let method = &row.method;
            // Writing to a `String` does not fail.
            let _ = writeln!(
                html,
                "<tr><td>{method}</td><td>{pattern}</td><td>{handler}</td><td>{place}</td></tr>"
            );
        }
        html
    }
}

impl Row {
    fn new(route: &RouteInfo) -> Self {
        let path = route.site.file();
        Self {
            method: route.method.as_ref().map_or_else(|| "any".to_owned(), ToString::to_string),
            pattern: route.pattern.to_string(),
            handler: route.handler.strip_prefix("showcase::").unwrap_or(route.handler),
            file: file!().strip_suffix("routes/mod.rs").and_then(|root| path.strip_prefix(root)),
            line: route.site.line(),
        }
    }

    /// A link to the line.
    fn place(&self) -> String {
        let (Some(file), line) = (self.file, self.line) else { return String::new() };
        format!("<a href=\"/source/{file}\" data-path=\"{file}\" data-line=\"{line}\">{file}:{line}</a>")
    }
}

#[cfg(test)]
mod tests;

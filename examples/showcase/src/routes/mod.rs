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
    /// The file under `src/`, and the line in it, that registered the route.
    file: &'static str,
    line: u32,
}

impl Rows {
    pub(crate) fn new(routes: &[RouteInfo]) -> Self {
        Self(routes.iter().map(Row::new).collect())
    }

    /// The rows of the page's table.
    pub(crate) fn html(&self) -> String {
        let mut html = String::new();
        for Row { method, pattern, handler, file, line } in &*self.0 {
            // Writing to a `String` does not fail.
            let _ = writeln!(
                html,
                "<tr><td>{method}</td><td>{}</td><td>{}</td><td><a href=\"/source/{file}\" data-path=\"{file}\" \
                 data-line=\"{line}\">{file}:{line}</a></td></tr>",
                escaped(pattern),
                escaped(handler),
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
            file: path.split_once("src/").map_or(path, |(_, file)| file),
            line: route.site.line(),
        }
    }
}

#[cfg(test)]
mod tests;

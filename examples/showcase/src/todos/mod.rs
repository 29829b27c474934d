//! Part: a typed JSON API over SQLite. Bodies and queries arrive as the types that the handlers name, or not at all.

mod store;
mod title;

use hyperserve::prelude::*;
use serde::Deserialize;

use self::store::{Fault, Found, Todo};
use self::title::Title;
use crate::Showcase;
use crate::part::{Part, source};

pub(crate) use self::store::Todos;

pub(crate) const PART: Part = Part {
    name: "todos",
    link: "JSON API",
    html: include_str!("part.html"),
    style: include_str!("part.css"),
    script: include_str!("part.js"),
    sources: &[
        source!("todos/mod.rs"),
        source!("todos/store.rs"),
        source!("todos/title.rs"),
        source!("database.rs"),
    ],
};

/// What the list begins with.
const FIRST: [&str; 3] = [
    "Drop a file into part 2: nothing of it is kept",
    "Open the code under this list: it is what answers you",
    "Press \u{201c}Send 1,000 requests\u{201d} and watch the chart",
];

pub(crate) fn routes() -> Router<Showcase> {
    Router::new()
        .route("/api/todos", get(list).post(create))
        .route("/api/todos/{id:i64}", patch(change).delete(remove).name("todo"))
}

#[derive(Debug, Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    done: Option<bool>,
}

async fn list(State(todos): State<Todos>, Query(search): Query<Search>) -> Result<Json<Found>, Fault> {
    Ok(Json(todos.find(search.q, search.done).await?))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    title: Title,
}

async fn create(
    State(todos): State<Todos>,
    urls: UrlFor,
    Json(new): Json<New>,
) -> Result<impl IntoResponse, Fault> {
    let todo = todos.add(new.title).await?;
    let location = urls.path("todo", [("id", todo.id)])?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(todo)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    title: Option<Title>,
    done: Option<bool>,
}

async fn change(
    State(todos): State<Todos>,
    Path(id): Path<i64>,
    Json(change): Json<Change>,
) -> Result<Json<Todo>, Fault> {
    Ok(Json(todos.change(id, change.title, change.done).await?))
}

async fn remove(State(todos): State<Todos>, Path(id): Path<i64>) -> Result<StatusCode, Fault> {
    todos.remove(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests;

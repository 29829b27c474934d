//! A to-do list as a JSON API, kept in memory. Try: `cargo run -p example-todo`, then
//! `curl -i http://127.0.0.1:8080/todos --json '{"title": "milk"}'` and `curl 'http://127.0.0.1:8080/todos?q=mil'`.

use hyperserve::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering};
use tokio::sync::RwLock;

type Todos = Arc<RwLock<Vec<Todo>>>;

static LAST_ID: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Deserialize, Serialize)]
struct Todo {
    #[serde(skip_deserializing)]
    id: u64,
    #[serde(deserialize_with = "title")]
    title: String,
}

fn title<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    let title = String::deserialize(input)?;
    let fits = (1..=200).contains(&title.chars().count());
    if fits { Ok(title) } else { Err(D::Error::custom("a title has 1 to 200 characters")) }
}

async fn create(State(todos): State<Todos>, Json(new): Json<Todo>) -> Result<impl IntoResponse, Problem> {
    let mut todos = todos.write().await;
    if todos.len() >= 1000 {
        return Err(Problem::new(StatusCode::CONFLICT).with_detail("The list is full: delete an item."));
    }
    let todo = Todo { id: LAST_ID.fetch_add(1, Ordering::Relaxed) + 1, ..new };
    todos.push(todo.clone());
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/todos/{}", todo.id))], Json(todo)))
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
}

async fn list(State(todos): State<Todos>, Query(Search { q }): Query<Search>) -> Json<Vec<Todo>> {
    Json(todos.read().await.iter().filter(|todo| todo.title.contains(&q)).cloned().collect())
}

async fn remove(State(todos): State<Todos>, Path(id): Path<u64>) -> Result<StatusCode, Problem> {
    let mut todos = todos.write().await;
    let at = todos.iter().position(|todo| todo.id == id);
    let at = at.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND).with_detail(format!("No item {id}.")))?;
    todos.remove(at);
    Ok(StatusCode::NO_CONTENT)
}

fn main() -> std::process::ExitCode {
    let app = App::with_state(Todos::default());
    app.route("/todos", get(list).post(create)).route("/todos/{id}", delete(remove)).run_cli()
}

//! HyperServe shows itself: what a bare `cargo run --release` in its repository serves, on <http://127.0.0.1:8080>.
//!
//! Each part of the page is a folder: handlers, markup, style and script. This file puts them together.
//! Items are kept in memory, or in the file that `SHOWCASE_DB` names.

#![allow(clippy::print_stderr, reason = "an example talks to its terminal")]

mod chat;
mod database;
mod files;
mod layers;
mod page;
mod part;
mod reached;
mod routes;
mod ticker;
mod todos;
mod upload;

use std::process::ExitCode;

use hyperserve::core::BoxError;
use hyperserve::prelude::*;
use tower::util::{MapFutureLayer, MapResponseLayer};

use self::chat::Room;
use self::files::{Ranges, Shelf};
use self::page::Page;
use self::part::Part;
use self::reached::InForce;
use self::routes::Rows;
use self::ticker::Pulse;
use self::todos::Todos;

/// In the order of the page.
const PARTS: [&Part; 8] = [
    &ticker::PART,
    &reached::PART,
    &todos::PART,
    &upload::PART,
    &files::PART,
    &chat::PART,
    &layers::PART,
    &routes::PART,
];

/// The state; a handler takes the part of it that it needs.
#[derive(Clone, Debug)]
pub(crate) struct Showcase {
    in_force: InForce,
    page: Page,
    pulse: Pulse,
    ranges: Ranges,
    room: Room,
    rows: Rows,
    shelf: Shelf,
    todos: Todos,
}

macro_rules! has {
    ($($field:ident: $part:ty),+) => {$(
        impl FromRef<Showcase> for $part {
            fn from_ref(showcase: &Showcase) -> Self {
                showcase.$field.clone()
            }
        }
    )+};
}

has!(
    in_force: InForce,
    page: Page,
    pulse: Pulse,
    ranges: Ranges,
    room: Room,
    rows: Rows,
    shelf: Shelf,
    todos: Todos
);

fn router(shelf: &Shelf, ranges: &Ranges) -> Result<Router<Showcase>, BoxError> {
    let router = Router::new()
        .merge(todos::routes())
        .merge(upload::routes()?)
        .merge(files::routes(shelf, ranges)?)
        .merge(chat::routes())
        .merge(layers::routes()?)
        .merge(ticker::routes())
        .merge(reached::routes())
        .merge(routes::routes())
        .merge(page::routes());
    Ok(router)
}

fn app(todos: Todos) -> Result<App<Showcase>, BoxError> {
    let (metrics, ranges, shelf) = (layers::metrics()?, Ranges::default(), Shelf::new()?);
    let (router, stack) = (router(&shelf, &ranges)?, layers::stack(&metrics)?);
    let (in_force, pulse, rows) = (InForce::default(), Pulse::new(metrics), Rows::new(&router.routes()));
    let page = Page::new(&PARTS, &rows, &stack.names());
    let room = Room::default();
    let showcase =
        Showcase { in_force: in_force.clone(), page, pulse: pulse.clone(), ranges, room, rows, shelf, todos };
    let app = App::with_state(showcase)
        .merge(router)
        .layer(stack)
        .layer(MapFutureLayer::new(layers::timed))
        .layer(MapResponseLayer::new(page::let_problems_have_style));
    Ok(app.on_start(move |server| {
        pulse.measure(server.handle());
        in_force.know(server.config());
    }))
}

fn main() -> ExitCode {
    let todos = Todos::open().map_err(|fault| format!("the items cannot be opened: {fault}").into());
    match todos.and_then(app) {
        Ok(app) => app.run_cli(),
        Err(fault) => {
            eprintln!("showcase: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// The whole application with a list of its own, without a socket.
#[cfg(test)]
fn client() -> hyperserve::testing::TestClient {
    hyperserve::testing::TestClient::new(app(Todos::in_memory().unwrap()).unwrap().into_service().unwrap())
}

//! A live board: whoever posts a note, everybody sees it at once. Try: `cargo run -p example-sse-board`, then open
//! http://127.0.0.1:8080/ in two windows, or `curl -N http://127.0.0.1:8080/notes` and `curl -d hi http://127.0.0.1:8080/notes`.

use futures_util::stream::{self, Stream};
use hyperserve::prelude::*;
use std::convert::Infallible;
use tokio::sync::watch;

type Board = watch::Sender<Vec<String>>;

async fn post_note(State(board): State<Board>, note: String) -> Result<StatusCode, Problem> {
    let fits = board.send_if_modified(|notes| {
        let fits = notes.len() < 1000;
        notes.extend(fits.then_some(note));
        fits
    });
    let full = || Problem::new(StatusCode::CONFLICT).with_detail("The board is full.");
    fits.then_some(StatusCode::CREATED).ok_or_else(full)
}

/// Every note from the first on. A browser that comes back says which it saw last, and gets those after it.
async fn notes(
    State(board): State<Board>,
    LastEventId(last): LastEventId,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let seen = last.and_then(|id| id.parse().ok()).filter(|seen| *seen <= board.borrow().len()).unwrap_or(0);
    Sse::new(stream::unfold((board.subscribe(), seen), async |(mut notes, seen)| {
        let note = notes.wait_for(|notes| notes.len() > seen).await.ok()?.get(seen).cloned()?;
        let event = Event::new().id((seen + 1).to_string()).data(note);
        Some((Ok(event), (notes, seen + 1)))
    }))
}

fn main() -> std::process::ExitCode {
    let notes = get(notes).post(post_note).body_limit(2000);
    let app = App::with_state(Board::default()).route("/", get(async || Html(include_str!("board.html"))));
    app.route("/notes", notes).run_cli()
}

//! A board of notes that everybody sees and moves at once. Try: `cargo run -p example-live-board`, then open
//! http://127.0.0.1:8080/ in two windows.

mod board;

use hyperserve::prelude::*;
use hyperserve::ws;
use std::sync::Arc;
use tokio::sync::Mutex;

use board::{Board, Change, News};

/// The board, and who looks at it. The lock is held while a change is told: everybody hears all changes in one order.
#[derive(Clone, Default)]
struct Shared {
    board: Arc<Mutex<Board>>,
    viewers: Hub,
}

/// Sends the whole board, then every change; what the page sends is a change, or is refused.
async fn live(upgrade: WebSocketUpgrade, State(shared): State<Shared>) -> Response {
    upgrade.with_max_message(4096).on_upgrade(async move |mut socket: WebSocket| -> Result<(), ws::Error> {
        let Some(_seat) = shared.open(&mut socket).await else {
            socket.close(CloseCode::TRY_AGAIN_LATER, "too many look at this board").await;
            return Ok(());
        };
        let mut socket = socket.typed::<Change, News<'static>>();
        while let Some(change) = socket.recv().await {
            let outcome = match change {
                Ok(change) => shared.make(change).await,
                Err(ws::Error::Json(fault)) => Err(fault.to_string()),
                Err(error) => return Err(error),
            };
            if let Err(why) = outcome {
                socket.send(&News::Refused { why }).await?;
            }
        }
        Ok(())
    })
}

impl Shared {
    /// Nothing is missed between the whole and the first change, and nothing comes twice. `None` when the room is full.
    async fn open(&self, socket: &mut WebSocket) -> Option<ws::Seat> {
        let board = self.board.lock().await;
        let sender = socket.sender();
        drop(sender.try_send(text(&News::Board(board.notes()))));
        self.viewers.join("board", sender, ()).ok()
    }

    async fn make(&self, change: Change) -> Result<(), String> {
        let mut board = self.board.lock().await;
        let change = board.apply(change)?;
        self.viewers.broadcast("board", text(&News::Changed(&change))).await;
        Ok(())
    }
}

/// Plain data as JSON: there is nothing in it that could fail.
fn text(news: &News<'_>) -> String {
    serde_json::to_string(news).unwrap_or_default()
}

fn main() -> std::process::ExitCode {
    let shared = Shared { viewers: Hub::new().with_max_members(1000), ..Shared::default() };
    let page = get(async || Html(include_str!("board.html")));
    App::with_state(shared).route("/", page).route("/live", get(live)).run_cli()
}

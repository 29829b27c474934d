//! A chat: rooms, names, and who is there. Try: `cargo run -p example-chat`, then open http://127.0.0.1:8080/ in two windows.
//! With `REDIS_URL=redis://127.0.0.1:6379` the rooms span all machines that are told the same.

use hyperserve::prelude::*;
use hyperserve::ws::hub::{BackplaneError, Redis, RedisOptions, RoomEvent};
use hyperserve::ws::{Member, Seat};
use serde::{Deserialize, Serialize};
use std::{env, error::Error, process::ExitCode, time::Duration};
use tokio::time::interval;

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Deserialize)]
struct Visitor {
    name: String,
}

/// What the page is told.
#[derive(Serialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
enum Told<'a> {
    Said { name: &'a str, text: &'a str },
    Joined(Member<String>),
    Left(Member<String>),
    Here { members: Vec<Member<String>> },
}

async fn chat(
    upgrade: WebSocketUpgrade,
    State(hub): State<Hub<String>>,
    Path(room): Path<String>,
    Query(Visitor { name }): Query<Visitor>,
) -> Result<Response, Problem> {
    if name.trim().is_empty() || name.len() > 40 {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY).with_detail("A name has 1 to 40 bytes."));
    }
    Ok(upgrade.with_max_message(4000).on_upgrade(async move |mut socket| {
        match hub.join(room, socket.sender(), name.clone()) {
            Ok(seat) => sit(socket, &hub, &seat, &name).await?,
            Err(refused) => socket.close(refused.close_code(), refused.to_string()).await,
        }
        Ok::<_, Failure>(())
    }))
}

async fn sit(
    mut socket: WebSocket,
    hub: &Hub<String>,
    seat: &Seat<String>,
    name: &str,
) -> Result<(), Failure> {
    let mut events = seat.events();
    // The whole list first, and now and then: a machine that dies does not say who left with it.
    let mut again = interval(Duration::from_secs(30));
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    seat.broadcast(Message::json(&Told::Said { name, text: &text })?).await;
                }
                Some(message) => drop(message?),
                None => return Ok(()),
            },
            event = events.recv() => match event {
                Some(RoomEvent::Joined(member)) => socket.send_json(&Told::Joined(member)).await?,
                Some(RoomEvent::Left(member)) => socket.send_json(&Told::Left(member)).await?,
                _ => again.reset_immediately(),
            },
            _ = again.tick() => {
                let members = hub.presence(seat.room()).await.unwrap_or_else(|_| hub.members(seat.room()));
                socket.send_json(&Told::Here { members }).await?;
            }
        }
    }
}

fn main() -> Result<ExitCode, BackplaneError> {
    let hub = match env::var("REDIS_URL") {
        Ok(url) => Hub::with_backplane(Redis::connect(&url, RedisOptions::default())?),
        Err(_) => Hub::new(),
    };
    let app = App::with_state(hub).route("/", get(async || Html(include_str!("chat.html"))));
    Ok(app.route("/rooms/{room}", get(chat)).run_cli())
}

//! Part: a chat room over WebSocket. One handler answers HTTP/1.1 and HTTP/2; who comes back gets what was missed.

mod pace;
mod room;
mod words;

use std::time::Duration;

use http::Version;
use hyperserve::prelude::*;
use hyperserve::ws;
use tokio::time::timeout;

use self::pace::{Pace, Verdict};
use self::room::Place;
use self::words::{FromPage, How, Name, Seen, Text, ToPage};
use crate::Showcase;
use crate::part::{Part, source};
use crate::reached::protocol;

pub(crate) use self::room::Room;

pub(crate) const PART: Part = Part {
    name: "chat",
    link: "Chat",
    html: include_str!("part.html"),
    style: include_str!("part.css"),
    script: include_str!("part.js"),
    sources: &[
        source!("chat/mod.rs"),
        source!("chat/room.rs"),
        source!("chat/words.rs"),
        source!("chat/pace.rs"),
    ],
};

/// The most bytes of a message as it comes. A text has 2 KiB, and JSON writes a byte with up to six.
const LARGEST: usize = 16 * 1024;

/// Who says nothing at all for this long does not want to come in.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn routes() -> Router<Showcase> {
    Router::new().route("/api/chat", get(chat))
}

/// A GET that asks for an upgrade on HTTP/1.1, an extended CONNECT on HTTP/2.
async fn chat(upgrade: WebSocketUpgrade, State(room): State<Room>, version: Version) -> Response {
    upgrade.with_max_message(LARGEST).on_upgrade(async move |socket| {
        Visit { socket, room, version, pace: Pace::new() }.run().await;
    })
}

/// One page and its socket, for as long as it lasts.
struct Visit {
    socket: WebSocket,
    room: Room,
    version: Version,
    pace: Pace,
}

/// What ends a visit.
enum End {
    /// The page left, or the server stops.
    Gone,
    /// It is sent away, and told why.
    Sent(CloseCode, String),
}

impl From<ws::JoinError> for End {
    fn from(error: ws::JoinError) -> Self {
        Self::Sent(error.close_code(), error.to_string())
    }
}

impl From<ws::Error> for End {
    /// A connection that broke has been closed with the code that fits.
    fn from(_: ws::Error) -> Self {
        Self::Gone
    }
}

impl Visit {
    async fn run(mut self) {
        let end = match timeout(PATIENCE, self.come_in()).await {
            Ok(Ok(place)) => self.stay(place).await,
            Ok(Err(end)) => end,
            Err(_) => End::Sent(CloseCode::POLICY_VIOLATION, "nobody came in".to_owned()),
        };
        if let End::Sent(code, why) = end {
            self.socket.close(code, why).await;
        }
    }

    /// Reads until a name that can be had comes in, or none: then there is one to be had.
    async fn come_in(&mut self) -> Result<Place, End> {
        loop {
            let why = match self.next().await? {
                FromPage::Enter { name, seen } => match guest_or_name(name) {
                    Ok(name) => return self.take_place(name, seen).await,
                    Err(why) => why,
                },
                FromPage::Say { .. } | FromPage::Ping => "come in first".to_owned(),
            };
            self.refuse(why, None).await?;
        }
    }

    async fn take_place(&mut self, name: Option<Name>, seen: Option<Seen>) -> Result<Place, End> {
        let how = How { protocol: protocol(self.version), compressed: self.socket.is_compressed() };
        let sender = self.socket.sender();
        Ok(self.room.enter(sender, name, seen, how).await?)
    }

    async fn stay(&mut self, mut place: Place) -> End {
        let end = loop {
            if let Err(end) = self.answer(&mut place).await {
                break end;
            }
        };
        self.room.leave(place).await;
        end
    }

    async fn answer(&mut self, place: &mut Place) -> Result<(), End> {
        match self.next().await? {
            FromPage::Enter { name, .. } => match Name::try_from(name) {
                Ok(name) => self.room.rename(place, name).await,
                Err(why) => self.refuse(why, None).await?,
            },
            FromPage::Say { text, tag } => match Text::try_from(text) {
                Ok(text) => self.room.say(place, text, tag).await,
                Err(why) => self.refuse(why, Some(tag)).await?,
            },
            FromPage::Ping => self.socket.send_json(&ToPage::Pong).await?,
        }
        Ok(())
    }

    /// The next that can be read and came at a fair pace; what did not is answered here.
    async fn next(&mut self) -> Result<FromPage, End> {
        loop {
            let heard = match self.socket.recv_json().await.ok_or(End::Gone)? {
                Err(ws::Error::Json(fault)) => Err(fault.to_string()),
                heard => Ok(heard?),
            };
            let tag = heard.as_ref().ok().and_then(FromPage::tag);
            match (self.pace.step(), heard) {
                (Verdict::Fair, Ok(heard)) => return Ok(heard),
                (Verdict::Fair, Err(why)) => self.refuse(why, tag).await?,
                (Verdict::Hasty, _) => self.refuse("too fast: wait a second".to_owned(), tag).await?,
                (Verdict::Flood, _) => {
                    return Err(End::Sent(CloseCode::POLICY_VIOLATION, "far too fast".to_owned()));
                }
            }
        }
    }

    /// `tag` names the text that is refused, so that the page can give it back to who wrote it.
    async fn refuse(&mut self, why: String, tag: Option<u32>) -> Result<(), End> {
        Ok(self.socket.send_json(&ToPage::Refused { why, tag }).await?)
    }
}

fn guest_or_name(name: String) -> Result<Option<Name>, String> {
    if name.is_empty() { Ok(None) } else { Name::try_from(name).map(Some) }
}

#[cfg(test)]
mod tests;

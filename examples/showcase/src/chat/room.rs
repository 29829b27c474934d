//! The room: who is in it, and the last of what was said.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::SystemTime;

use hyperserve::ws::{Hub, JoinError, Message, Seat, Sender};
use tokio::sync::Mutex;

use super::words::{How, Line, Member, Name, Seen, Text, ToPage};

/// The room's name in the hub; there is no other.
const LOBBY: &str = "lobby";

/// How many have room.
pub(super) const SEATS: usize = 200;

/// Lines that are kept for those who come later.
const KEPT: usize = 50;

/// Clones are the same room.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    hub: Hub<Member>,
    /// Held while somebody is told of something: all hear everything in one order.
    talk: Arc<Mutex<Talk>>,
}

#[derive(Debug)]
struct Talk {
    /// Tells this start of the server from any other.
    run: u32,
    members: u32,
    said: u64,
    lines: VecDeque<Line>,
}

impl Default for Talk {
    fn default() -> Self {
        let run = (RandomState::new().hash_one("run") >> 32) as u32;
        Self { run, members: 0, said: 0, lines: VecDeque::with_capacity(KEPT) }
    }
}

impl Talk {
    fn admit(&mut self, name: Option<Name>) -> Member {
        self.members += 1;
        let id = self.members;
        Member { id, name: name.unwrap_or_else(|| Name::guest(id)) }
    }

    /// What is kept and was not seen.
    fn since(&self, seen: Option<Seen>) -> Vec<&Line> {
        let seen = seen.filter(|seen| seen.run == self.run).map_or(0, |seen| seen.line);
        self.lines.iter().filter(|line| line.line > seen).collect()
    }

    fn add(&mut self, from: Member, text: Text, tag: u32) -> &Line {
        self.said += 1;
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(Line { line: self.said, from, text, tag, at: now() });
        &self.lines[self.lines.len() - 1]
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Somebody's place in the room. Dropping it gives it up, but tells nobody.
#[derive(Debug)]
pub(super) struct Place {
    seat: Seat<Member>,
    me: Member,
}

impl Default for Room {
    fn default() -> Self {
        Self { hub: Hub::new().with_max_members(SEATS), talk: Arc::default() }
    }
}

impl Room {
    /// Takes a place and welcomes who has it.
    pub(super) async fn enter(
        &self,
        sender: Sender,
        name: Option<Name>,
        seen: Option<Seen>,
        how: How,
    ) -> Result<Place, JoinError> {
        let mut talk = self.talk.lock().await;
        let me = talk.admit(name);
        let seat = self.hub.join(LOBBY, sender.clone(), me.clone())?;
        seat.broadcast_others(message(&ToPage::Here(&me))).await;
        let members = self.hub.members(LOBBY).into_iter().map(|member| member.presence).collect();
        let welcome = ToPage::Welcome { run: talk.run, you: me.id, how, members, lines: talk.since(seen) };
        // Its queue is empty yet. Should it be gone already, its next read says so.
        drop(sender.try_send(message(&welcome)));
        Ok(Place { seat, me })
    }

    pub(super) async fn rename(&self, place: &mut Place, name: Name) {
        let _talk = self.talk.lock().await;
        place.me.name = name;
        place.seat.update(place.me.clone());
        self.tell(&ToPage::Here(&place.me)).await;
    }

    pub(super) async fn say(&self, place: &Place, text: Text, tag: u32) {
        let mut talk = self.talk.lock().await;
        let line = talk.add(place.me.clone(), text, tag);
        self.tell(&ToPage::Said(line)).await;
    }

    pub(super) async fn leave(&self, place: Place) {
        let _talk = self.talk.lock().await;
        let id = place.me.id;
        drop(place);
        self.tell(&ToPage::Left { id }).await;
    }

    /// To everybody in the room: encoded once, and once more compressed.
    async fn tell(&self, news: &ToPage<'_>) {
        self.hub.broadcast(LOBBY, message(news)).await;
    }
}

/// Plain data as JSON: there is nothing in it that could fail.
fn message(news: &ToPage<'_>) -> Message {
    serde_json::to_string(news).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(talk: &mut Talk, count: usize) {
        for _ in 0..count {
            let from = Member { id: 1, name: Name::guest(1) };
            talk.add(from, "hi".to_owned().try_into().unwrap(), 0);
        }
    }

    fn numbers(talk: &Talk, seen: Option<(u32, u64)>) -> Vec<u64> {
        let seen = seen.map(|(run, line)| Seen { run, line });
        talk.since(seen).into_iter().map(|line| line.line).collect()
    }

    #[test]
    fn the_last_lines_are_kept_and_who_comes_back_gets_what_was_missed() {
        let mut talk = Talk::default();
        assert!(numbers(&talk, None).is_empty());
        say(&mut talk, KEPT + 3);
        let all: Vec<u64> = (4..=KEPT as u64 + 3).collect();
        assert_eq!(numbers(&talk, None), all);
        assert_eq!(numbers(&talk, Some((talk.run, 51))), [52, 53]);
        assert!(numbers(&talk, Some((talk.run, 99))).is_empty());
        assert_eq!(numbers(&talk, Some((talk.run ^ 1, 51))), all, "another start");
    }
}

//! The answers of one connection, read one after the other and judged in order.

use std::time::Duration;

use tokio::time::Instant;

use super::link::Link;
use crate::{Answer, Fault, Framing, Parsed, Response, judge, parse};

/// What is expected, what has come, and how many bytes that took.
pub(super) struct Answers {
    wanted: Vec<Answer>,
    got: Vec<Response>,
    ends: Vec<usize>,
    /// With fewer bytes than this there is nothing new to find: megabytes are not parsed again with each read.
    needed: usize,
    pub(super) taken: usize,
}

impl Answers {
    pub(super) fn new(wanted: Vec<Answer>) -> Self {
        Self { wanted, got: Vec::new(), ends: Vec::new(), needed: 0, taken: 0 }
    }

    /// The answers that are complete.
    pub(super) fn got(&self) -> &[Response] {
        &self.got
    }

    /// The last answer and its wish.
    pub(super) fn last(&self) -> Option<(&Answer, &Response)> {
        let last = self.got.last()?;
        Some((self.wanted.get(self.got.len() - 1)?, last))
    }

    /// Reads until `count` answers are complete.
    pub(super) async fn reach(
        &mut self,
        count: usize,
        link: &mut Link,
        deadline: Instant,
    ) -> Result<(), Fault> {
        loop {
            self.parse(link)?;
            if self.got.len() >= count.min(self.wanted.len()) {
                return Ok(());
            }
            if !link.read(deadline).await {
                return self.missing(count);
            }
        }
    }

    /// Reads until all answers are there; one that is `optional` is waited for only until the end.
    pub(super) async fn finish(&mut self, link: &mut Link, deadline: Instant) -> Result<(), Fault> {
        self.reach(self.wanted.len(), link, deadline).await
    }

    fn missing(&self, count: usize) -> Result<(), Fault> {
        if self.wanted[self.got.len()..].iter().all(|answer| answer.optional) {
            return Ok(());
        }
        Err(Fault::new(format!("{} whole answers instead of {count}", self.got.len())))
    }

    fn parse(&mut self, link: &Link) -> Result<(), Fault> {
        while let Some(wish) = self.wanted.get(self.got.len()) {
            let ended = link.end.is_some();
            if link.got.len() < self.needed && !ended {
                return Ok(());
            }
            let answer = match parse(&link.got[self.taken..], wish.to, ended)? {
                Parsed::Complete(answer) if wish.truncated => {
                    return Err(Fault::new(format!("the {} is whole and should break off", answer.status)));
                }
                Parsed::Partial(answer) if wish.truncated && ended => answer,
                Parsed::Complete(answer) if wish.optional && answer.status != wish.status => {
                    self.wanted.remove(self.got.len());
                    continue;
                }
                Parsed::Complete(answer) => answer,
                Parsed::Partial(answer) => {
                    self.needed = self.taken + length(&answer);
                    return Ok(());
                }
                Parsed::Nothing => return Ok(()),
            };
            self.taken += answer.taken;
            self.ends.push(self.taken);
            self.got.push(answer);
        }
        Ok(())
    }

    /// Holds every answer against its wish.
    pub(super) fn judge(&self, link: &Link) -> Result<(), Fault> {
        for (index, (wish, answer)) in self.wanted.iter().zip(&self.got).enumerate() {
            let judged =
                judge::answer(wish, answer).and_then(|()| timing(wish, link.arrival(self.ends[index])));
            judged.map_err(|fault| Fault::new(format!("answer {}: {fault}", index + 1)))?;
        }
        Ok(())
    }
}

/// How long the whole answer will be, as far as its head tells.
fn length(partial: &Response) -> usize {
    let head = partial.taken - partial.body.len();
    match partial.framing {
        Framing::Length(length) => head.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)),
        Framing::None | Framing::Chunked | Framing::Close => 0,
    }
}

fn timing(wish: &Answer, at: Duration) -> Result<(), Fault> {
    if wish.after.is_some_and(|after| at < after) {
        return Err(Fault::new(format!("came too early, after {at:.0?}")));
    }
    if wish.within.is_some_and(|within| at > within) {
        return Err(Fault::new(format!("came too late, after {at:.0?}")));
    }
    Ok(())
}

//! What becomes of the connection once the answers are there.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    PATIENCE, PROBE,
    answers::Answers,
    link::{End, Link},
    socket::{self, Socket},
};
use crate::{Asked, Case, Fate, Fault, Parsed, Response, escape, parse};

/// How long an `open` connection is watched.
const WATCH: Duration = Duration::from_millis(300);

/// # Errors
/// The connection's fate is not the one the case asks for, or was not announced.
pub(super) async fn check(case: &Case, link: &mut Link, answers: &Answers) -> Result<(), Fault> {
    let last = answers.last().map(|(wish, answer)| (answer, answer.opens_tunnel(wish.to)));
    let announced = last.is_some_and(|(answer, _)| answer.closes());
    match case.fate() {
        Fate::Keep if Socket::is_open(answers, link)? => socket::probe(link, answers.taken).await,
        Fate::Keep => keep(link, answers, last).await,
        Fate::KeepOrClose if announced => end(case, link, answers, false).await,
        Fate::KeepOrClose => probe(link, answers.taken).await,
        Fate::Open => open(link, answers).await,
        Fate::Gone => end(case, link, answers, true).await,
        Fate::Close => {
            announcement(case, last)?;
            end(case, link, answers, false).await
        }
    }
}

/// RFC 9112 §9.6: who will close says so in the last answer; an HTTP/1.0 answer says it by saying nothing.
fn announcement(case: &Case, last: Option<(&Response, bool)>) -> Result<(), Fault> {
    let Some((answer, tunnel)) = last else { return Ok(()) };
    let said = answer.closes() || (answer.minor == 0 && !answer.has_option("keep-alive"));
    if said || tunnel || case.unannounced {
        return Ok(());
    }
    Err(Fault::new("the last answer does not announce the end with `Connection: close`"))
}

async fn keep(link: &mut Link, answers: &Answers, last: Option<(&Response, bool)>) -> Result<(), Fault> {
    match last {
        Some((answer, _)) if answer.closes() => {
            Err(Fault::new("`Connection: close` on a connection that should stay"))
        }
        Some((answer, _)) if answer.minor == 0 && !answer.has_option("keep-alive") => Err(Fault::new(
            "no `Connection: keep-alive` on an HTTP/1.0 answer that should keep the connection",
        )),
        _ => probe(link, answers.taken).await,
    }
}

/// Sends a further request: exactly its answer must come, with nothing before and nothing behind it.
pub(super) async fn probe(link: &mut Link, from: usize) -> Result<(), Fault> {
    link.write(PROBE, false).await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let rest = &link.got[from..];
        let told = |fault| Fault::new(format!("the next request on the connection: {fault}"));
        if let Parsed::Complete(answer) = parse(rest, Asked::Other, link.end.is_some()).map_err(told)? {
            let clean = answer.status == 200 && answer.body == b"OK" && answer.taken == rest.len();
            return if clean { Ok(()) } else { Err(strange(rest)) };
        }
        if !link.read(deadline).await {
            return Err(Fault::new("the next request on the connection is not answered"));
        }
    }
}

async fn open(link: &mut Link, answers: &Answers) -> Result<(), Fault> {
    link.wait(Instant::now() + WATCH, false).await;
    silent(link, answers)?;
    if link.end.is_some() { Err(Fault::new("the connection ended and should be open")) } else { Ok(()) }
}

async fn end(case: &Case, link: &mut Link, answers: &Answers, rudely: bool) -> Result<(), Fault> {
    let asked = case.close_within.map_or(link.opened, |within| link.opened + within);
    let deadline = if case.close_within.is_some() { asked } else { Instant::now() + PATIENCE };
    while link.read(deadline).await {}
    silent(link, answers)?;
    let Some((end, at)) = link.end else { return Err(Fault::new("the connection is still open")) };
    if end == End::Reset && !rudely {
        return Err(Fault::new("the connection was reset, not closed in good order"));
    }
    let at = at - link.opened;
    match case.close_after {
        Some(after) if at < after => Err(Fault::new(format!("ended too early, after {at:.0?}"))),
        _ => Ok(()),
    }
}

fn silent(link: &Link, answers: &Answers) -> Result<(), Fault> {
    let rest = &link.got[answers.taken..];
    if rest.is_empty() { Ok(()) } else { Err(strange(rest)) }
}

fn strange(rest: &[u8]) -> Fault {
    Fault::new(format!("unexpected bytes `{}`", escape::show(rest, 200)))
}

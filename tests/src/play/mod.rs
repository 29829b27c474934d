//! Plays one case: takes its steps over a connection, then holds what came back against what the case asks.

mod answers;
mod fate;
mod link;
mod socket;

use std::time::Duration;

use tokio::time::Instant;

use self::{answers::Answers, link::Link, socket::Socket};
use crate::{
    Case, Fault, Server, Step, escape, judge,
    socket::{describe, encode},
};

/// How long an answer or an end may take when the case names no time: long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(8);

/// How much of each direction a report shows.
const SHOWN: usize = 1500;

/// A request that every conformance app answers with `OK`.
const PROBE: &[u8] = b"GET / HTTP/1.1\r\nHost: probe.example\r\n\r\n";

/// Plays `case` against `server`.
///
/// # Errors
/// What is wrong, with the bytes of both directions.
pub(crate) async fn play(case: &Case, server: &Server) -> Result<(), Fault> {
    let holders = hold(case, server).await?;
    let beside = beside(case, server).await?;
    let mut link = Link::open(server.address()).await?;
    let outcome = converse(case, server, &mut link).await;
    drop((holders, beside));
    outcome.map_err(|fault| report(case, &link, &fault))
}

/// The frames that came behind a 101, in words.
fn frames(link: &Link) -> String {
    let end = link.got.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    let switched = link.got.starts_with(b"HTTP/1.1 101");
    let frames = end.filter(|_| switched).and_then(|end| link.got.get(end..)).unwrap_or_default();
    if frames.is_empty() { String::new() } else { format!("\n--- as frames\n{}", describe(frames)) }
}

async fn converse(case: &Case, server: &Server, link: &mut Link) -> Result<(), Fault> {
    let (mut answers, mut socket) = (Answers::new(case.expected()), Socket::default());
    for step in case.script() {
        match &step {
            Step::Expect(awaited) => socket.expect(awaited, link, &mut answers).await?,
            step => take(step, case, server, link, &mut answers).await?,
        }
    }
    let deadline = deadline(case, link);
    answers.finish(link, deadline).await?;
    answers.judge(link)?;
    judge::distinct(&case.distinct, answers.got())?;
    tunnel(case, link, &mut answers).await?;
    fate::check(case, link, &answers).await
}

async fn take(
    step: &Step,
    case: &Case,
    server: &Server,
    link: &mut Link,
    answers: &mut Answers,
) -> Result<(), Fault> {
    match step {
        Step::Send(bytes) => link.write(&bytes.0, case.deaf).await,
        Step::Reply(reply) => link.write(&reply.after(answers.got())?, case.deaf).await,
        Step::Trickle { text, every } => trickle(&text.0, *every, case, link).await,
        Step::Frame(frame) => match frame.every {
            Some(every) => trickle(&encode(frame), every, case, link).await,
            None => link.write(&encode(frame), case.deaf).await,
        },
        // Taken by the one who has the socket.
        Step::Expect(_) => {}
        Step::Pause(time) => link.wait(Instant::now() + *time, case.deaf).await,
        Step::Await(count) => answers.reach(*count, link, Instant::now() + PATIENCE).await?,
        Step::HalfClose(_) => link.half_close(),
        Step::Terminate(_) => server.terminate()?,
    }
    Ok(())
}

async fn trickle(bytes: &[u8], every: Duration, case: &Case, link: &mut Link) {
    for byte in bytes {
        link.write(&[*byte], case.deaf).await;
        link.wait(Instant::now() + every, case.deaf).await;
    }
}

/// By when all answers must be there: what the case asks, or some patience from now.
fn deadline(case: &Case, link: &Link) -> Instant {
    let asked = case.answers.iter().filter_map(|answer| answer.within).max();
    let asked = asked.map_or(link.opened, |within| link.opened + within);
    asked.max(Instant::now() + PATIENCE)
}

async fn tunnel(case: &Case, link: &mut Link, answers: &mut Answers) -> Result<(), Fault> {
    let Some(wanted) = &case.tunnel else { return Ok(()) };
    let deadline = Instant::now() + PATIENCE;
    while link.got.len() < answers.taken + wanted.0.len() && link.read(deadline).await {}
    let there = &link.got[answers.taken..];
    if !there.starts_with(&wanted.0) {
        return Err(Fault::new(format!("the tunnel gave `{}`", escape::show(there, 300))));
    }
    answers.taken += wanted.0.len();
    Ok(())
}

/// Connections that were used once and are kept open while the case runs.
async fn hold(case: &Case, server: &Server) -> Result<Vec<Link>, Fault> {
    let mut holders = Vec::new();
    for _ in 0..case.holders {
        let mut link = Link::open(server.address()).await?;
        fate::probe(&mut link, 0).await?;
        holders.push(link);
    }
    Ok(holders)
}

/// Another connection with something under way.
async fn beside(case: &Case, server: &Server) -> Result<Option<Link>, Fault> {
    let Some(bytes) = &case.beside else { return Ok(None) };
    let mut link = Link::open(server.address()).await?;
    link.write(&bytes.0, true).await;
    Ok(Some(link))
}

fn report(case: &Case, link: &Link, fault: &Fault) -> Fault {
    let sections = case.rfc.join(", ");
    let (sent, got) = (escape::show(&link.sent, SHOWN), escape::show(&link.got, SHOWN));
    let (end, wanted) = (link.end_in_words(), wanted(case));
    let frames = case.socket.as_ref().map(|_| frames(link)).unwrap_or_default();
    Fault::new(format!(
        "{fault}\n  rule: {} ({sections})\n  wanted: {wanted}\n--- sent, {} bytes\n{sent}\n--- got, {} bytes, {end}\n{got}{frames}\n---",
        case.title,
        link.sent.len(),
        link.got.len(),
    ))
}

fn wanted(case: &Case) -> String {
    let statuses: Vec<_> = case.expected().iter().map(|answer| answer.status.to_string()).collect();
    let statuses = if statuses.is_empty() { "no answer".to_owned() } else { statuses.join(", ") };
    format!("{statuses}, then {:?}", case.fate())
}

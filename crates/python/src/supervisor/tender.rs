//! The tasks beside a worker process: they wait for its words and its end, and send it signals.

use tokio::io::BufReader;
use tokio::net::unix::OwnedReadHalf;
use tokio::process::Child;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use rustix::process::{Pid, Signal, kill_process};

use super::event::{Event, Id};
use super::line::Said;

/// Starts them; signals for the process go into the sender.
pub(super) fn tend(
    id: Id,
    mut child: Child,
    line: OwnedReadHalf,
    events: UnboundedSender<Event>,
) -> UnboundedSender<Signal> {
    let (sender, mut signals) = unbounded_channel();
    let hearing = tokio::spawn(hear(id, line, events.clone()));
    drop(tokio::spawn(async move {
        let status = loop {
            tokio::select! {
                status = child.wait() => break status,
                Some(signal) = signals.recv() => send(&child, signal),
            }
        };
        // A process that the app left behind may hold the line open.
        hearing.abort();
        let _ = events.send(Event::Ended(id, status));
    }));
    sender
}

async fn hear(id: Id, line: OwnedReadHalf, events: UnboundedSender<Event>) {
    let mut line = BufReader::new(line);
    while let Ok(Some(said)) = Said::read(&mut line).await {
        let _ = events.send(Event::Said(id, said));
    }
}

/// To this child and no other: a child has its number for as long as it was not waited for, and this is where it is.
fn send(child: &Child, signal: Signal) {
    let number = child.id().and_then(|pid| i32::try_from(pid).ok());
    let Some(pid) = number.and_then(Pid::from_raw) else { return };
    if let Err(error) = kill_process(pid, signal) {
        tracing::warn!(%error, pid = child.id(), "the worker could not be signalled");
    }
}

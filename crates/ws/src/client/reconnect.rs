//! [`Reconnect`]: opening a WebSocket again whenever it was lost.

use super::{Connect, ConnectError};
use crate::WebSocket;
use http::Response;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Opens a WebSocket again and again, and waits longer from failure to failure.
///
/// The first attempt is made at once. Each later one comes after a random time between zero and a bound that begins with
/// 500 ms and doubles up to 30 s, so that the clients of a server that starts again do not all come together. The bound
/// begins anew after a socket that has lived longer than the bound's maximum: a server that takes sockets and drops them
/// is not stormed either.
///
/// ```no_run
/// # async fn example() -> Result<(), hyperserve_ws::ConnectError> {
/// let mut board = hyperserve_ws::Connect::new("ws://127.0.0.1:8080/board").reconnect();
/// loop {
///     let (mut socket, _) = board.next().await?; // an error that waiting does not mend
///     while let Some(Ok(message)) = socket.recv().await {
///         println!("{:?}", message.as_str());
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Reconnect {
    connect: Connect,
    first: Duration,
    most: Duration,
    /// Attempts since the last socket that lived long.
    attempts: u32,
    opened: Option<Instant>,
}

impl Reconnect {
    pub(super) const fn new(connect: Connect) -> Self {
        let (first, most) = (Duration::from_millis(500), Duration::from_secs(30));
        Self { connect, first, most, attempts: 0, opened: None }
    }

    /// Sets the bounds of the first wait, 500 ms by default, and of all waits, 30 s by default.
    pub const fn with_delays(mut self, first: Duration, most: Duration) -> Self {
        (self.first, self.most) = (first, most);
        self
    }

    /// Opens the next WebSocket, as [`Connect::connect`] does, and tries until it is open. Attempts that fail are logged.
    ///
    /// # Errors
    ///
    /// Those that waiting does not mend: what is not [transient](ConnectError::is_transient).
    pub async fn next(&mut self) -> Result<(WebSocket, Response<()>), ConnectError> {
        if self.opened.take().is_some_and(|opened| opened.elapsed() > self.most) {
            self.attempts = 1;
        }
        loop {
            let wait = self.bound().mul_f64(chance());
            self.attempts = self.attempts.saturating_add(1);
            sleep(wait).await;
            match self.connect.connect().await {
                Ok(opened) => {
                    self.opened = Some(Instant::now());
                    return Ok(opened);
                }
                Err(error) if error.is_transient() => tracing::warn!(%error, "no WebSocket yet"),
                Err(error) => return Err(error),
            }
        }
    }

    /// The longest that the next attempt may wait.
    fn bound(&self) -> Duration {
        match self.attempts.checked_sub(1) {
            Some(doublings) => self.first.saturating_mul(1 << doublings.min(30)).min(self.most),
            None => Duration::ZERO,
        }
    }
}

/// Anything from 0 to 1. A system without randomness waits half of the time.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound() {
        let mut reconnect = Connect::new("ws://a.example").reconnect();
        let mut bounds = Vec::new();
        for attempts in [0, 1, 2, 3, 6, 7, 8, 40, u32::MAX] {
            reconnect.attempts = attempts;
            bounds.push(reconnect.bound().as_millis());
        }
        assert_eq!(bounds, [0, 500, 1000, 2000, 16_000, 30_000, 30_000, 30_000, 30_000]);
    }

    #[test]
    fn chances_are_spread() {
        let all: Vec<_> = (0..1000).map(|_| chance()).collect();
        assert!(all.iter().all(|chance| (0.0..=1.0).contains(chance)));
        for quarter in [0.0, 0.25, 0.5, 0.75] {
            let within = all.iter().filter(|&&chance| (quarter..quarter + 0.25).contains(&chance)).count();
            assert!((150..350).contains(&within), "{within} of 1000 from {quarter}");
        }
    }
}

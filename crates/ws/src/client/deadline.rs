//! [`Deadline`]: the time that opening a WebSocket may take, from the name's look-up to the server's answer.

use super::ConnectError;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(Option<Instant>);

impl Deadline {
    /// Zero is no deadline, and so is a time that no clock will show.
    pub(super) fn after(time: Duration) -> Self {
        Self(if time.is_zero() { None } else { Instant::now().checked_add(time) })
    }

    pub(super) async fn bound<T>(
        self,
        work: impl Future<Output = Result<T, ConnectError>>,
    ) -> Result<T, ConnectError> {
        match self.0 {
            Some(at) => timeout_at(at, work).await.unwrap_or(Err(ConnectError::Timeout)),
            None => work.await,
        }
    }

    /// The earlier of this one and one after `time`.
    pub(super) fn within(self, time: Duration) -> Self {
        Self(self.0.into_iter().chain(Self::after(time).0).min())
    }

    /// One of `parts` equal parts of what is left.
    pub(super) fn part(self, parts: usize) -> Self {
        let now = Instant::now();
        let parts = u32::try_from(parts).unwrap_or(u32::MAX).max(1);
        Self(self.0.map(|at| now + at.saturating_duration_since(now) / parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_left_is_shared() {
        let deadline = Deadline::after(Duration::from_secs(10));
        let began = Instant::now();
        let late = deadline.part(4).bound(std::future::pending::<Result<(), _>>()).await;
        assert!(matches!(late, Err(ConnectError::Timeout)));
        assert_eq!(began.elapsed().as_millis(), 2500);
        deadline
            .within(Duration::from_secs(1))
            .bound(std::future::pending::<Result<(), _>>())
            .await
            .unwrap_err();
        assert_eq!(began.elapsed().as_millis(), 3500);
        deadline
            .within(Duration::from_secs(60))
            .bound(std::future::pending::<Result<(), _>>())
            .await
            .unwrap_err();
        assert_eq!(began.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn zero_is_no_deadline() {
        for time in [Duration::ZERO, Duration::MAX] {
            let slow = async {
                tokio::time::sleep(Duration::from_secs(1_000_000)).await;
                Ok(())
            };
            Deadline::after(time).bound(slow).await.unwrap();
        }
    }
}

//! SQLite beside an async server: one connection, on a thread of its own, behind a bounded queue.
//!
//! No worker ever waits for the disk, and a burst of requests waits in the queue, not in a thread each.

use std::error::Error;
use std::{fmt, io, thread};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

/// Jobs that wait for the connection; further callers wait for a place.
const QUEUE: usize = 64;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A way to the thread that holds the connection. The thread ends when the last clone is gone.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    jobs: mpsc::Sender<Job>,
}

impl Database {
    /// Moves a connection to a thread of its own.
    pub(crate) fn new(mut connection: Connection) -> io::Result<Self> {
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        thread::Builder::new().name("sqlite".into()).spawn(move || {
            while let Some(job) = queue.blocking_recv() {
                job(&mut connection);
            }
        })?;
        Ok(Self { jobs })
    }

    /// Runs `work` with the connection, after what was asked for before. It runs to its end even if nobody waits for it.
    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, Closed>
    where
        F: FnOnce(&mut Connection) -> T + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = move |connection: &mut Connection| drop(answer.send(work(connection)));
        self.jobs.send(Box::new(job)).await.map_err(|_| Closed)?;
        answered.await.map_err(|_| Closed)
    }
}

/// The thread with the connection is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the database's thread has ended")
    }
}

impl Error for Closed {}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn jobs_run_in_turn_and_a_dead_thread_is_told() {
        let database = Database::new(Connection::open_in_memory().unwrap()).unwrap();
        let one = database.run(|connection| connection.query_row("SELECT 1", [], |row| row.get::<_, i64>(0)));
        assert_eq!(one.await.unwrap(), Ok(1));
        let died = database.run(|_| panic!("on purpose")).await;
        assert_eq!(died.unwrap_err().to_string(), "the database's thread has ended");
        assert!(database.run(|_| ()).await.is_err());
    }
}

//! Following the files: a look every few seconds, a reload when they have changed and are sound.

use std::mem;

use hyperserve_core::Shutdown;
use tokio::task::spawn_blocking;

use super::acceptor::Acceptor;

/// What one look at the files came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// As before.
    Same,
    /// Read anew.
    Reloaded,
    /// Faulty, perhaps because it is still being written: worth a second look.
    Faulty,
    /// Faulty at the second look too, and said so in the log.
    Rejected,
}

impl Acceptor {
    /// Looks at the files every [`with_reload_interval`](super::TlsConfig::with_reload_interval) until shutdown, and
    /// reloads them when one has changed. Polling also sees network file systems and swapped links, where
    /// notifications do not reach.
    ///
    /// A certificate and its key are two files, written one after the other: faulty ones are looked at once more
    /// before the log hears of it, and what was loaded before stays in use. Reading is left to the runtime's blocking
    /// threads.
    pub async fn watch(self, shutdown: Shutdown) {
        let interval = self.config().reload_interval;
        if interval.is_zero() || self.config().sources().all(|source| source.path().is_none()) {
            return shutdown.triggered().await;
        }
        let mut watcher = Watcher::new(self);
        loop {
            tokio::select! {
                () = shutdown.triggered() => return,
                () = tokio::time::sleep(interval) => {}
            }
            let look = spawn_blocking(move || {
                watcher.look();
                watcher
            });
            match look.await {
                Ok(back) => watcher = back,
                Err(_runtime_is_going_down) => return,
            }
        }
    }
}

struct Watcher {
    acceptor: Acceptor,
    /// Whether the last look found a fault that nobody has heard of.
    unsettled: bool,
}

impl Watcher {
    fn new(acceptor: Acceptor) -> Self {
        Self { acceptor, unsettled: false }
    }

    fn look(&mut self) -> Look {
        let changed = self.acceptor.files_changed();
        let second = mem::take(&mut self.unsettled);
        if !changed && !second {
            return Look::Same;
        }
        match self.acceptor.reload() {
            Ok(true) => Look::Reloaded,
            Ok(false) => Look::Same,
            Err(error) if second && !changed => {
                tracing::error!(%error, "new TLS files are faulty; the old certificate stays in use");
                Look::Rejected
            }
            Err(error) => {
                tracing::debug!(%error, "new TLS files are not sound yet");
                self.unsettled = true;
                Look::Faulty
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hyperserve_core::ShutdownTrigger;
    use tokio::time::timeout;

    use super::super::TlsConfig;
    use super::super::testing::{Leaf, Pair, handshake};
    use super::*;

    fn acceptor(pair: &Pair) -> Acceptor {
        let config = TlsConfig::from_pem_files(pair.cert(), pair.key());
        config.with_reload_interval(Duration::from_millis(10)).load().unwrap()
    }

    #[test]
    fn a_half_written_renewal_is_waited_for() {
        let pair = Pair::new(Leaf::new(&["a.test"]));
        let mut watcher = Watcher::new(acceptor(&pair));
        assert_eq!(watcher.look(), Look::Same);
        let next = Leaf::new(&["a.test"]);
        std::fs::write(pair.cert(), &next.cert).unwrap();
        assert_eq!(watcher.look(), Look::Faulty); // the key is still the old one
        std::fs::write(pair.key(), &next.key).unwrap();
        assert_eq!(watcher.look(), Look::Reloaded);
        assert_eq!(watcher.look(), Look::Same);
    }

    #[test]
    fn a_lasting_fault_is_reported_once() {
        let pair = Pair::new(Leaf::new(&["a.test"]));
        let mut watcher = Watcher::new(acceptor(&pair));
        std::fs::remove_file(pair.key()).unwrap();
        let looks = [watcher.look(), watcher.look(), watcher.look()];
        assert_eq!(looks, [Look::Faulty, Look::Rejected, Look::Same]);
        std::fs::write(pair.key(), &pair.leaf.key).unwrap();
        assert_eq!(watcher.look(), Look::Same); // the same key is back
        assert_eq!(watcher.look(), Look::Same);
    }

    #[tokio::test]
    async fn a_renewal_reaches_new_connections_and_spares_live_ones() {
        let pair = Pair::new(Leaf::new(&["a.test"]));
        let acceptor = acceptor(&pair);
        let (trigger, shutdown) = ShutdownTrigger::new();
        let watching = tokio::spawn(acceptor.clone().watch(shutdown));
        let mut live = handshake(&acceptor, "a.test", pair.leaf.trusting()).await.unwrap();
        live.echo(b"before").await;

        let next = Leaf::new(&["a.test"]);
        pair.replace(&next);
        let renewed = async {
            while handshake(&acceptor, "a.test", next.trusting()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(10), renewed).await.unwrap();
        assert!(handshake(&acceptor, "a.test", pair.leaf.trusting()).await.is_err());
        live.echo(b"after").await;

        trigger.trigger();
        timeout(Duration::from_secs(10), watching).await.unwrap().unwrap();
    }
}

//! Telling the service manager how the server is doing (sd_notify(3)): a datagram of `KEY=value` lines.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process;
use std::time::Duration;

use hyperserve_core::Shutdown;
use rustix::time::{ClockId, clock_gettime};

/// The service manager's notification socket, if the process was started with one (systemd `Type=notify`,
/// `Type=notify-reload`, podman `--sdnotify=container`).
///
/// Every message is sent at once and never waited for. Without a service manager, make no `Notifier`:
///
/// ```
/// use hyperserve_server::system::Notifier;
///
/// if let Some(notifier) = Notifier::from_env()? {
///     notifier.ready()?;
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Notifier {
    socket: UnixDatagram,
    manager: SocketAddr,
    watchdog: Option<Duration>,
}

impl Notifier {
    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`; `None` if no service manager listens.
    ///
    /// # Errors
    ///
    /// When `NOTIFY_SOCKET` is neither an absolute path nor an abstract name (`@…`), or no socket can be opened.
    pub fn from_env() -> io::Result<Option<Self>> {
        Self::from_vars(env::var_os)
    }

    fn from_vars(var: impl Fn(&'static str) -> Option<OsString>) -> io::Result<Option<Self>> {
        let Some(name) = var("NOTIFY_SOCKET").filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let manager = manager_address(&name).map_err(|error| bad_socket(&name, &error))?;
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Some(Self { socket, manager, watchdog: watchdog(var) }))
    }

    /// The server accepts connections.
    ///
    /// # Errors
    ///
    /// This and every other message: when the service manager's socket has gone or is full.
    pub fn ready(&self) -> io::Result<()> {
        self.send("READY=1")
    }

    /// The server is reloading its configuration. Follow it with [`ready`](Self::ready). The time it carries is
    /// what `Type=notify-reload` asks for.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub fn reloading(&self) -> io::Result<()> {
        let now = clock_gettime(ClockId::Monotonic);
        let micros = i128::from(now.tv_sec) * 1_000_000 + i128::from(now.tv_nsec) / 1_000;
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={micros}"))
    }

    /// The server is draining.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub fn stopping(&self) -> io::Result<()> {
        self.send("STOPPING=1")
    }

    /// One line for people, shown by `systemctl status`. Line breaks become spaces, for each line of a message is a
    /// command of its own.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub fn status(&self, text: &str) -> io::Result<()> {
        self.send(&format!("STATUS={}", text.replace(|byte: char| byte.is_control(), " ")))
    }

    /// How often the service manager wants to hear that the server lives (`WatchdogSec=`), if it does.
    #[must_use]
    pub fn watchdog_interval(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Tells the service manager's watchdog that the server lives.
    ///
    /// # Errors
    ///
    /// As [`ready`](Self::ready).
    pub fn alive(&self) -> io::Result<()> {
        self.send("WATCHDOG=1")
    }

    /// Keeps the watchdog quiet until shutdown, twice as often as it asks (sd_watchdog_enabled(3) advises half the
    /// interval); ends at once if it does not ask. Run it on the runtime whose life it stands for.
    pub async fn feed_watchdog(&self, shutdown: Shutdown) {
        let Some(interval) = self.watchdog else { return };
        let mut ticks = tokio::time::interval((interval / 2).max(Duration::from_millis(1)));
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    if let Err(error) = self.alive() {
                        tracing::warn!(%error, "cannot reach the service manager's watchdog");
                    }
                }
                () = shutdown.triggered() => return,
            }
        }
    }

    fn send(&self, message: &str) -> io::Result<()> {
        self.socket.send_to_addr(message.as_bytes(), &self.manager).map(drop)
    }
}

fn manager_address(name: &OsStr) -> io::Result<SocketAddr> {
    match name.as_bytes() {
        [b'/', ..] => SocketAddr::from_pathname(name),
        [b'@', name @ ..] => abstract_address(name),
        _ => Err(io::Error::new(ErrorKind::InvalidInput, "an absolute path or an @name is wanted")),
    }
}

#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> io::Result<SocketAddr> {
    <SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_name: &[u8]) -> io::Result<SocketAddr> {
    Err(ErrorKind::Unsupported.into())
}

fn bad_socket(name: &OsStr, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("NOTIFY_SOCKET {}: {error}", name.display()))
}

/// The watchdog's interval, unless it is meant for another process (sd_watchdog_enabled(3)).
fn watchdog(var: impl Fn(&'static str) -> Option<OsString>) -> Option<Duration> {
    let number = |name| var(name)?.to_str()?.parse::<u64>().ok();
    if var("WATCHDOG_PID").is_some() && number("WATCHDOG_PID") != Some(process::id().into()) {
        return None;
    }
    number("WATCHDOG_USEC").filter(|micros| *micros > 0).map(Duration::from_micros)
}

#[cfg(test)]
mod tests {
    use hyperserve_core::ShutdownTrigger;

    use super::*;

    fn vars(pairs: &[(&'static str, &str)]) -> impl Fn(&'static str) -> Option<OsString> + use<> {
        let pairs: Vec<(&str, OsString)> = pairs.iter().map(|(key, value)| (*key, value.into())).collect();
        move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    }

    fn received(manager: &UnixDatagram) -> String {
        let mut buffer = [0; 512];
        let length = manager.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }

    fn manager() -> (tempfile::TempDir, UnixDatagram, Notifier) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        manager.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let set = [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "20000")];
        let notifier = Notifier::from_vars(vars(&set)).unwrap().unwrap();
        (dir, manager, notifier)
    }

    #[test]
    fn every_message_arrives_as_the_protocol_has_it() {
        let (_dir, manager, notifier) = manager();
        notifier.ready().unwrap();
        assert_eq!(received(&manager), "READY=1");
        notifier.stopping().unwrap();
        assert_eq!(received(&manager), "STOPPING=1");
        notifier.reloading().unwrap();
        let text = received(&manager);
        let micros = text.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(micros.parse::<u64>().unwrap() > 0);
    }

    #[test]
    fn a_status_cannot_smuggle_a_second_command() {
        let (_dir, manager, notifier) = manager();
        notifier.status("draining\nREADY=1").unwrap();
        assert_eq!(received(&manager), "STATUS=draining READY=1");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_abstract_manager_is_reached() {
        let name = format!("hyperserve-notify-{}", process::id());
        let manager = UnixDatagram::bind_addr(&abstract_address(name.as_bytes()).unwrap()).unwrap();
        let set = [("NOTIFY_SOCKET", format!("@{name}"))];
        let set: Vec<_> = set.iter().map(|(key, value)| (*key, value.as_str())).collect();
        Notifier::from_vars(vars(&set)).unwrap().unwrap().ready().unwrap();
        assert_eq!(received(&manager), "READY=1");
    }

    #[test]
    fn without_a_manager_there_is_no_notifier() {
        assert!(Notifier::from_vars(vars(&[])).unwrap().is_none());
        assert!(Notifier::from_vars(vars(&[("NOTIFY_SOCKET", "")])).unwrap().is_none());
        let error = Notifier::from_vars(vars(&[("NOTIFY_SOCKET", "vsock:2:1")])).unwrap_err();
        assert!(error.to_string().starts_with("NOTIFY_SOCKET vsock:2:1: an absolute path"), "{error}");
    }

    #[test]
    fn a_manager_that_has_gone_is_an_error_not_a_wait() {
        let (_dir, manager, notifier) = manager();
        drop(manager);
        assert!(notifier.ready().is_err());
    }

    #[test]
    fn another_processs_watchdog_is_left_alone() {
        let own = process::id().to_string();
        let second = Some(Duration::from_secs(1));
        assert_eq!(watchdog(vars(&[("WATCHDOG_USEC", "1000000")])), second);
        assert_eq!(watchdog(vars(&[("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", &own)])), second);
        assert_eq!(watchdog(vars(&[("WATCHDOG_USEC", "1000000"), ("WATCHDOG_PID", "1")])), None);
        assert_eq!(watchdog(vars(&[("WATCHDOG_USEC", "0")])), None);
        assert_eq!(watchdog(vars(&[("WATCHDOG_USEC", "soon")])), None);
    }

    #[tokio::test]
    async fn the_watchdog_is_fed_until_shutdown() {
        let (_dir, manager, notifier) = manager();
        assert_eq!(notifier.watchdog_interval(), Some(Duration::from_millis(20)));
        let (trigger, shutdown) = ShutdownTrigger::new();
        let feeding = tokio::spawn(async move { notifier.feed_watchdog(shutdown).await });
        let heard = tokio::task::spawn_blocking(move || [received(&manager), received(&manager)]);
        assert_eq!(heard.await.unwrap(), ["WATCHDOG=1", "WATCHDOG=1"]);
        trigger.trigger();
        tokio::time::timeout(Duration::from_secs(5), feeding).await.unwrap().unwrap();
    }
}

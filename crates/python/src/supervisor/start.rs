//! Everything that can fail before the first worker starts, and the start.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::net::UnixStream;

use hyperserve::Config;
use hyperserve::aside::Aside;
use hyperserve_core::{Shutdown, ShutdownTrigger};
use hyperserve_server::listen::SocketFile;
use hyperserve_server::{Address, app_fn};
use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::announcement::Announcement;
use super::event::Event;
use super::fleet::Fleet;
use super::metrics;
use super::pid_file::PidFile;
use super::queue::Queue;
use super::reload::Watch;
use super::settings::Settings;
use super::signals::Signal;
use super::spawner::{Interpreter, Spawner};
use super::standing::Standing;

/// Keys that are the supervisor's alone: what a worker has in their place. `metrics` is not one of them: a worker that has it
/// counts its requests, and listens nowhere.
const NOT_FOR_WORKERS: [(&str, &str); 4] =
    [("workers", "1"), ("reload", "false"), ("pid_file", ""), ("health_listen", "")];

/// Sockets that are open, and all the rest that a start needs.
#[derive(Debug)]
pub(super) struct Prepared {
    settings: Settings,
    spawner: Spawner,
    queues: Vec<Queue>,
    urls: Vec<String>,
    aside: Aside,
    watch: Option<Watch>,
    _files: Vec<SocketFile>,
    _pid_file: Option<PidFile>,
}

impl Prepared {
    /// Binds. The error is one sentence.
    pub(super) fn new(
        config: &Config,
        interpreter: Interpreter,
        mut options: BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let settings = Settings::new(config);
        if settings.reload && config.number("workers") > 1 {
            tracing::warn!("`reload` runs one worker, whatever `workers` says");
        }
        let queues = if settings.own_queues { settings.workers } else { 1 };
        let server = config.server().map_err(|error| error.to_string())?.with_workers(queues);
        let bound = server.bind().map_err(|error| error.to_string())?;
        let addresses = bound.addresses().to_vec();
        let (sockets, files) = bound.into_sockets();
        settle(&mut options, &addresses);
        let aside = Aside::bind(config).map_err(sentence)?;
        let watch = settings.reload.then(|| Watch::new(config, settings.reload_delay)).transpose()?;
        let pid_file = settings.pid_file.as_ref().map(PidFile::write).transpose();
        let secure = addresses.iter().map(|address| address.is_secure).collect();
        Ok(Self {
            queues: sockets.iter().map(|row| Queue::new(row)).collect::<io::Result<_>>().map_err(sentence)?,
            spawner: Spawner::new(interpreter, options, secure),
            urls: addresses.iter().map(Address::url).collect(),
            aside,
            watch,
            _files: files,
            _pid_file: pid_file.map_err(sentence)?,
            settings,
        })
    }

    /// Serves until the end. Signals come as bytes; `meanings` tells them.
    pub(super) fn run(self, signals: UnixStream, meanings: &[(u8, Signal)]) -> io::Result<i32> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.supervise(signals, meanings.to_vec()))
    }

    async fn supervise(self, signals: UnixStream, meanings: Vec<(u8, Signal)>) -> io::Result<i32> {
        let (events, received) = unbounded_channel();
        drop(tokio::spawn(hear(tokio::net::UnixStream::from_std(signals)?, meanings, events.clone())));
        let standing = Standing::default();
        let announcement = Announcement::new(self.urls, self.aside.health_urls(), self.aside.metrics_urls());
        let asked = events.clone();
        let page = app_fn(move |request| metrics::answer(request, asked.clone()));
        let health = standing.health().map_err(io::Error::other)?;
        // Until the last worker has ended, and the runtime with it.
        drop(tokio::spawn(self.aside.serve(health, page, Shutdown::never())));
        if let Some(watch) = self.watch {
            drop(tokio::spawn(watch.run(events.clone())));
        }
        let (_trigger, life) = ShutdownTrigger::new();
        if let Some(notifier) = announcement.notifier() {
            drop(tokio::spawn(async move { notifier.feed_watchdog(life).await }));
        }
        let fleet = Fleet::new(self.settings, self.spawner, self.queues, announcement, standing, events);
        Ok(fleet.run(received).await)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn sentence(error: io::Error) -> String {
    error.to_string()
}

/// Options as workers have them.
fn settle(options: &mut BTreeMap<String, String>, addresses: &[Address]) {
    for (name, text) in NOT_FOR_WORKERS {
        if let Some(option) = options.get_mut(name) {
            text.clone_into(option);
        }
    }
    // A worker sees a descriptor where the port was.
    let secure = addresses.iter().filter(|address| address.is_secure).find_map(|address| address.tcp);
    if let (Some("on"), Some(secure)) = (options.get("https_redirect").map(String::as_str), secure) {
        options.insert("https_redirect".to_owned(), secure.port().to_string());
    }
}

/// Turns bytes into signals.
async fn hear(stream: tokio::net::UnixStream, meanings: Vec<(u8, Signal)>, events: UnboundedSender<Event>) {
    while stream.readable().await.is_ok() {
        let mut bytes = [0; 64];
        let Ok(count) = stream.try_read(&mut bytes) else { continue };
        if count == 0 {
            return;
        }
        for byte in &bytes[..count] {
            if let Some((_, signal)) = meanings.iter().find(|(number, _)| number == byte) {
                let _ = events.send(Event::Signal(*signal));
            }
        }
    }
}

//! The accept loop of one listener on one worker.

use crate::App;
use crate::conn::{Link, Manners, Scope, Socket, serve_socket};
use hyperserve_core::{ConnInfo, PeerAddr};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

/// A listening socket of either kind, on this thread's runtime.
#[derive(Debug)]
pub(crate) enum Acceptable {
    Tcp(TcpListener, Local),
    Unix(UnixListener, Local),
}

/// Our end of a listener's connections.
#[derive(Clone, Debug)]
pub(crate) enum Local {
    /// All have this address.
    Same(PeerAddr),
    /// The listener takes every interface: each is asked.
    Each,
}

enum Accepted {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream, PeerAddr),
}

impl Acceptable {
    pub(crate) fn tcp(listener: TcpListener) -> Self {
        let address = listener.local_addr().ok().filter(|address| !address.ip().is_unspecified());
        let local = address.map_or(Local::Each, |address| Local::Same(PeerAddr::Tcp(address)));
        Self::Tcp(listener, local)
    }

    pub(crate) fn unix(listener: UnixListener) -> Self {
        let address = listener.local_addr().ok();
        let path = address.as_ref().and_then(tokio::net::unix::SocketAddr::as_pathname);
        let local = Local::Same(PeerAddr::Unix(path.map(Into::into)));
        Self::Unix(listener, local)
    }

    fn local(&self) -> &Local {
        match self {
            Self::Tcp(_, local) | Self::Unix(_, local) => local,
        }
    }

    async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener, _) => {
                listener.accept().await.map(|(stream, peer)| Accepted::Tcp(stream, peer))
            }
            Self::Unix(listener, _) => listener.accept().await.map(|(stream, peer)| {
                Accepted::Unix(stream, PeerAddr::Unix(peer.as_pathname().map(Into::into)))
            }),
        }
    }

    /// What is left in the kernel's queue; the listener closes with the last.
    fn into_queue(self) -> Queue {
        match self {
            Self::Tcp(listener, _) => Queue::Tcp(listener.into_std()),
            Self::Unix(listener, _) => Queue::Unix(listener.into_std()),
        }
    }
}

enum Queue {
    Tcp(io::Result<std::net::TcpListener>),
    Unix(io::Result<std::os::unix::net::UnixListener>),
}

impl Iterator for Queue {
    type Item = Accepted;

    fn next(&mut self) -> Option<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.as_ref().ok()?.accept().ok()?;
                stream.set_nonblocking(true).ok()?;
                Some(Accepted::Tcp(TcpStream::from_std(stream).ok()?, peer))
            }
            Self::Unix(listener) => {
                let (stream, peer) = listener.as_ref().ok()?.accept().ok()?;
                stream.set_nonblocking(true).ok()?;
                let peer = PeerAddr::Unix(peer.as_pathname().map(Into::into));
                Some(Accepted::Unix(UnixStream::from_std(stream).ok()?, peer))
            }
        }
    }
}

/// Accepts until `closing` ends, then empties the queue and closes the listener.
pub(crate) async fn accept_loop<A: App>(
    listener: Acceptable,
    scope: Arc<Scope>,
    manners: Arc<Manners>,
    app: A,
    closing: impl Future<Output = ()>,
) {
    let mut closing = pin!(closing);
    let mut backoff = Backoff::default();
    loop {
        tokio::select! {
            biased;
            () = closing.as_mut() => break,
            () = room(&scope) => {}
        }
        let accepted = tokio::select! {
            biased;
            accepted = listener.accept() => accepted,
            () = closing.as_mut() => break,
        };
        match accepted {
            Ok(accepted) => {
                backoff = Backoff::default();
                spawn(accepted, listener.local(), &scope, &manners, &app);
            }
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => backoff.wait(&scope, &error).await,
        }
    }
    // Connections the kernel has completed would be reset with the listener. It is the kernel that is asked, not the
    // runtime, which may not have heard of them.
    let local = listener.local().clone();
    for accepted in listener.into_queue() {
        spawn(accepted, &local, &scope, &manners, &app);
    }
}

/// Waits until the worker is below its cap of connections; the kernel's queue holds who comes meanwhile.
async fn room(scope: &Scope) {
    let cap = scope.limits.max_connections;
    if cap == 0 || scope.metrics.open() < cap {
        return;
    }
    scope.metrics.at_cap();
    tracing::warn!(
        max_connections = cap,
        "the worker is at its cap of connections and stops accepting until one closes"
    );
    while scope.metrics.open() >= cap {
        scope.room.notified().await;
    }
}

fn spawn<A: App>(accepted: Accepted, local: &Local, scope: &Arc<Scope>, manners: &Arc<Manners>, app: &A) {
    let address = match &accepted {
        Accepted::Tcp(_, peer) => Some(peer.ip()),
        Accepted::Unix(..) => None,
    };
    let Ok(counted) = scope.addresses.admit(address) else {
        scope.metrics.refused_per_ip();
        return;
    };
    let link = Link::new(Arc::clone(scope), counted);
    let timers = Arc::clone(&link.timers);
    let (socket, peer, local) = match accepted {
        Accepted::Tcp(stream, peer) => {
            let local = local.of(&stream);
            (Socket::tcp(stream, timers), PeerAddr::Tcp(peer), local)
        }
        Accepted::Unix(stream, peer) => (Socket::unix(stream, timers), peer, local.known()),
    };
    let info = ConnInfo::new(peer, local);
    drop(tokio::spawn(serve_socket(socket, info, link, Arc::clone(manners), app.clone())));
}

impl Local {
    fn known(&self) -> PeerAddr {
        match self {
            Self::Same(address) => address.clone(),
            Self::Each => PeerAddr::Unknown,
        }
    }

    fn of(&self, stream: &TcpStream) -> PeerAddr {
        match self {
            Self::Same(address) => address.clone(),
            Self::Each => stream.local_addr().map_or(PeerAddr::Unknown, PeerAddr::Tcp),
        }
    }
}

/// Faults of one connection that was gone before it was accepted; the next may be fine.
fn is_of_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionRefused
            | ErrorKind::Interrupted
    )
}

/// Row 6 of the safe defaults: no descriptor, no memory. Say so once, wait longer each time, never exit.
#[derive(Default)]
struct Backoff(u32);

impl Backoff {
    async fn wait(&mut self, scope: &Scope, error: &io::Error) {
        scope.metrics.accept_failed();
        if self.0 == 0 {
            tracing::error!(%error, "accepting failed; trying again after a pause");
        }
        let pause = Duration::from_millis(5 << self.0.min(8)).min(Duration::from_secs(1));
        self.0 += 1;
        tokio::time::sleep(pause).await;
    }
}

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
    /// With its address, when all its connections have that one.
    Tcp(TcpListener, Option<SocketAddr>),
    Unix(UnixListener, PeerAddr),
}

enum Accepted {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream, PeerAddr),
}

impl Acceptable {
    pub(crate) fn tcp(listener: TcpListener) -> Self {
        let address = listener.local_addr().ok().filter(|address| !address.ip().is_unspecified());
        Self::Tcp(listener, address)
    }

    pub(crate) fn unix(listener: UnixListener) -> Self {
        let address = listener.local_addr().ok();
        let path = address.as_ref().and_then(tokio::net::unix::SocketAddr::as_pathname);
        Self::Unix(listener, PeerAddr::Unix(path.map(Into::into)))
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
                spawn(accepted, &listener, &scope, &manners, &app);
            }
            Err(error) if is_of_the_connection(&error) => {}
            Err(error) => backoff.wait(&scope, &error).await,
        }
    }
    // Connections the kernel has completed would be reset with the listener.
    while let Some(Ok(accepted)) = now_or_never(listener.accept()).await {
        spawn(accepted, &listener, &scope, &manners, &app);
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

fn spawn<A: App>(
    accepted: Accepted,
    listener: &Acceptable,
    scope: &Arc<Scope>,
    manners: &Arc<Manners>,
    app: &A,
) {
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
            let local = listener.local_of(&stream);
            (Socket::tcp(stream, timers), PeerAddr::Tcp(peer), local)
        }
        Accepted::Unix(stream, peer) => (Socket::unix(stream, timers), peer, listener.path()),
    };
    drop(tokio::spawn(serve_socket(
        socket,
        ConnInfo::new(peer, local),
        link,
        Arc::clone(manners),
        app.clone(),
    )));
}

impl Acceptable {
    fn local_of(&self, stream: &TcpStream) -> PeerAddr {
        let known = match self {
            Self::Tcp(_, address) => *address,
            Self::Unix(..) => None,
        };
        known.or_else(|| stream.local_addr().ok()).map_or(PeerAddr::Unknown, PeerAddr::Tcp)
    }

    fn path(&self) -> PeerAddr {
        match self {
            Self::Unix(_, path) => path.clone(),
            Self::Tcp(..) => PeerAddr::Unknown,
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

async fn now_or_never<F: Future>(future: F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = std::future::ready(()) => None,
    }
}

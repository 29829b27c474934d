//! One worker: a thread with a runtime of its own and a share of every listener.

use super::accept::{Acceptable, accept_loop};
use crate::App;
use crate::Batching;
use crate::conn::{Manners, Scope};
use crate::listen::Socket;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What the control thread tells its workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    Serve,
    Drain,
    Cut,
}

/// Everything a worker needs to start.
pub(crate) struct Plan<A> {
    pub(crate) index: usize,
    pub(crate) cpu: Option<usize>,
    pub(crate) listeners: Vec<(Socket, Arc<Manners>)>,
    pub(crate) scope: Arc<Scope>,
    pub(crate) orders: watch::Receiver<Order>,
    pub(crate) app: A,
}

impl<A: App> Plan<A> {
    /// Runs on its own thread until the server has drained; says how many connections it cut.
    pub(crate) fn run(self) -> io::Result<usize> {
        if let Some(Err(error)) = self.cpu.map(crate::system::pin_current_thread) {
            tracing::warn!(%error, worker = self.index, "the worker could not be pinned to its core");
        }
        let runtime = runtime()?;
        let batching = Batching::enter();
        let cut = runtime.block_on(self.serve())?;
        drop(batching);
        // A task that blocks a thread of the pool must not hold the end of the process.
        runtime.shutdown_background();
        Ok(cut)
    }

    /// Runs on the runtime this is awaited on.
    pub(super) async fn serve(self) -> io::Result<usize> {
        let Self { listeners, scope, orders, app, .. } = self;
        let sweep = tokio::spawn(Arc::clone(&scope.sweep).run());
        let mut loops = JoinSet::new();
        for (socket, manners) in listeners {
            let mut orders = orders.clone();
            let closing = async move { wait_for(&mut orders, Order::Drain).await };
            loops.spawn(accept_loop(acceptable(socket)?, Arc::clone(&scope), manners, app.clone(), closing));
        }
        while loops.join_next().await.is_some() {}
        scope.sweep.wake_all();
        let cut = drain(&scope, orders).await;
        sweep.abort();
        Ok(cut)
    }
}

/// A runtime whose small writes leave when it has nothing else to do.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().on_thread_park(Batching::flush).build()
}

fn acceptable(socket: Socket) -> io::Result<Acceptable> {
    Ok(match socket {
        Socket::Tcp(listener) => Acceptable::tcp(TcpListener::from_std(listener)?),
        Socket::Unix(listener) => Acceptable::unix(UnixListener::from_std(listener)?),
    })
}

/// Waits until the connections are gone, and the work that outlives them, or the order comes to cut them.
pub(super) async fn drain(scope: &Scope, mut orders: watch::Receiver<Order>) -> usize {
    let empty = async {
        while scope.metrics.open() > 0 {
            scope.room.notified().await;
        }
        scope.shutdown.released().await;
    };
    tokio::select! {
        () = empty => return 0,
        () = wait_for(&mut orders, Order::Cut) => {}
    }
    let cut = scope.metrics.open();
    if cut > 0 {
        scope.metrics.cut(cut);
        scope.drain.cut();
        scope.sweep.wake_all();
        // Long enough for tasks to see it; what blocks the thread ends with the process.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    cut
}

pub(super) async fn wait_for(orders: &mut watch::Receiver<Order>, order: Order) {
    // An error means the control thread is gone, which is an order to stop.
    drop(orders.wait_for(|given| *given >= order).await);
}

//! Handlers that outlive their client.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use hyperserve_core::{RequestContext, ShutdownTrigger};
use hyperserve_router::{MethodRouter, Router, get};
use tower::Service as _;

use super::{request, wait};

/// A handler that finishes after a while and says so.
fn slow(done: &Arc<AtomicBool>) -> MethodRouter {
    let done = Arc::clone(done);
    get(move || {
        let done = Arc::clone(&done);
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            done.store(true, SeqCst);
        }
    })
}

/// Begins the request and leaves; whether the handler finished.
async fn leave(methods: MethodRouter, done: &AtomicBool) -> bool {
    let mut app = Router::new().route("/", methods).build();
    let (_trigger, shutdown) = ShutdownTrigger::new();
    let mut request = request("GET", "/");
    let context = RequestContext::new(Arc::default()).with_shutdown(shutdown.clone());
    request.extensions_mut().insert(context);
    let left = tokio::time::timeout(Duration::from_millis(5), app.call(request)).await;
    assert!(left.is_err());
    shutdown.released().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    done.load(SeqCst)
}

#[test]
fn a_detached_handler_runs_to_its_end_and_a_plain_one_is_dropped() {
    wait(async {
        tokio::time::pause();
        let done = Arc::new(AtomicBool::new(false));
        assert!(!leave(slow(&done), &done).await);
        assert!(leave(slow(&done).detached(), &done).await);
    });
}

#[test]
fn a_drain_waits_for_it() {
    wait(async {
        tokio::time::pause();
        let done = Arc::new(AtomicBool::new(false));
        let mut app = Router::new().route("/", slow(&done).detached()).build();
        let (_trigger, shutdown) = ShutdownTrigger::new();
        let mut request = request("GET", "/");
        request.extensions_mut().insert(RequestContext::new(Arc::default()).with_shutdown(shutdown.clone()));
        drop(app.call(request));
        assert_eq!(shutdown.holds(), 1);
        shutdown.released().await;
        assert!(done.load(SeqCst));
    });
}

#[test]
#[should_panic(expected = "in the handler")]
fn a_panic_comes_through() {
    async fn panics() {
        panic!("in the handler");
    }
    wait(async {
        drop(Router::new().route("/", get(panics).detached()).build().call(request("GET", "/")).await)
    });
}

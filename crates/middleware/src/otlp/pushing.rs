//! [`Pushed`]: request metrics that are sent at intervals, and a last time at the end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use tokio::runtime::Handle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::exporting::Delivery;
use super::requests::message;
use super::sending::Sender;
use crate::metrics::HttpMetrics;

#[derive(Debug)]
pub(super) struct Pushed {
    sender: Sender,
    resource: Resource,
    delivery: Arc<Delivery>,
    all: Mutex<Vec<HttpMetrics>>,
}

impl Pushed {
    pub(super) fn new(sender: Sender, resource: Resource, delivery: &Arc<Delivery>) -> Arc<Self> {
        Arc::new(Self { sender, resource, delivery: Arc::clone(delivery), all: Mutex::default() })
    }

    pub(super) fn add(&self, metrics: &HttpMetrics) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).push(metrics.clone());
    }

    /// Sends them at intervals, for as long as the runtime lives.
    pub(super) fn begin(self: &Arc<Self>, handle: &Handle, every: Duration) {
        let pushed = Arc::clone(self);
        handle.spawn(async move {
            let mut ticks = interval_at(Instant::now() + every, every);
            // A collector that was away gets one message, not all that were missed.
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                pushed.send().await;
            }
        });
    }

    pub(super) async fn send(&self) {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for metrics in all {
            let sent = self.sender.send(message(&metrics, (&self.resource).into())).await;
            self.delivery.note("metrics of requests", &sent);
        }
    }
}

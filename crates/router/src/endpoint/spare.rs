//! [`Spare`]: services that wait for the next request of their thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;

/// The most threads that have a place of their own; further ones share.
const MOST_PLACES: usize = 64;

/// A clone of a service for each thread that serves, made when the thread has its first request.
///
/// A service is called by `&mut`, and what is shared by all workers can only be cloned. A clone for each request would cost as
/// much as many a layer does: those that count their references apart, so that workers do not write to one place in memory,
/// would do so for one request, and allocate.
pub(super) struct Spare<T> {
    places: OnceLock<Box<[Place<T>]>>,
}

/// Apart from its neighbours in the processor's caches.
#[repr(align(128))]
struct Place<T> {
    /// `None` while it is being called. The lock is one of a thread's own, so it is free.
    service: Mutex<Option<Box<T>>>,
}

impl<T> Spare<T> {
    pub(super) const fn new() -> Self {
        Self { places: OnceLock::new() }
    }

    /// The thread's own, if it is here.
    pub(super) fn take(&self) -> Option<Box<T>> {
        self.place().service.try_lock().ok()?.take()
    }

    /// Keeps a service that is done with a call, unless there is one.
    pub(super) fn keep(&self, service: Box<T>) {
        if let Ok(mut place) = self.place().service.try_lock() {
            place.get_or_insert(service);
        }
    }

    fn place(&self) -> &Place<T> {
        let places = self.places.get_or_init(|| {
            let threads = thread::available_parallelism().map_or(1, usize::from);
            let count = threads.next_power_of_two().min(MOST_PLACES);
            (0..count).map(|_| Place { service: Mutex::new(None) }).collect()
        });
        &places[number_of_thread() & (places.len() - 1)]
    }
}

fn number_of_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.try_with(|number| *number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_gets_its_own_back() {
        let spare = Spare::new();
        assert!(spare.take().is_none());
        spare.keep(Box::new("mine"));
        spare.keep(Box::new("too much"));
        assert_eq!(spare.take().as_deref(), Some(&"mine"));
        assert!(spare.take().is_none());
    }
}

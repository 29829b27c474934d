//! Flights: one request fetches, others for the same wait for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::key::CacheKey;
use super::stored::Stored;

/// What is fetched: a key, and a number for the fields by which its responses differ.
pub(super) type Flight = (Arc<CacheKey>, u64);

/// What those who wait are told. If nothing comes, the one who fetched left or failed: somebody else may try.
#[derive(Clone, Debug)]
pub(super) enum Landing {
    /// Stored, and perhaps for you.
    Stored(Arc<Stored>),
    /// Not to be stored: ask the service yourself.
    Pass,
    /// The service failed; this stale response may answer.
    Failed(Arc<Stored>),
}

#[derive(Debug)]
pub(super) struct Flights {
    table: Mutex<HashMap<Flight, Vec<oneshot::Sender<Landing>>>>,
    waiters: usize,
}

/// How a request takes part.
#[derive(Debug)]
pub(super) enum Seat {
    /// It fetches. When the guard goes without a word, those who wait are told to try.
    Lead(Guard),
    /// It waits.
    Wait(oneshot::Receiver<Landing>),
    /// It goes alone.
    Alone,
}

impl Flights {
    pub(super) fn new(waiters: usize) -> Self {
        Self { table: Mutex::default(), waiters }
    }

    /// Leads if nobody does, and waits if somebody does and not too many wait.
    pub(super) fn join(self: &Arc<Self>, flight: Flight) -> Seat {
        let mut table = self.table();
        let Some(waiting) = table.get_mut(&flight) else {
            table.insert(flight.clone(), Vec::new());
            return Seat::Lead(Guard { flights: Arc::clone(self), flight: Some(flight) });
        };
        self.wait(waiting)
    }

    /// Leads if nobody does, and waits in no case.
    pub(super) fn lead(self: &Arc<Self>, flight: Flight) -> Seat {
        if self.table().contains_key(&flight) { Seat::Alone } else { self.join(flight) }
    }

    /// Waits if somebody fetches, and leads in no case.
    pub(super) fn follow(&self, flight: &Flight) -> Seat {
        self.table().get_mut(flight).map_or(Seat::Alone, |waiting| self.wait(waiting))
    }

    fn wait(&self, waiting: &mut Vec<oneshot::Sender<Landing>>) -> Seat {
        if waiting.len() >= self.waiters {
            waiting.retain(|sender| !sender.is_closed());
        }
        if waiting.len() >= self.waiters {
            return Seat::Alone;
        }
        let (sender, receiver) = oneshot::channel();
        waiting.push(sender);
        Seat::Wait(receiver)
    }

    fn end(&self, flight: &Flight) -> Vec<oneshot::Sender<Landing>> {
        self.table().remove(flight).unwrap_or_default()
    }

    /// Nothing in here is half done when a thread panics.
    fn table(&self) -> MutexGuard<'_, HashMap<Flight, Vec<oneshot::Sender<Landing>>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to fetch, held by one.
#[derive(Debug)]
pub(super) struct Guard {
    flights: Arc<Flights>,
    flight: Option<Flight>,
}

impl Guard {
    pub(super) fn land(mut self, landing: &Landing) {
        let Some(flight) = self.flight.take() else { return };
        for sender in self.flights.end(&flight) {
            // Who left needs no answer.
            drop(sender.send(landing.clone()));
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(flight) = self.flight.take() {
            drop(self.flights.end(&flight));
        }
    }
}

#[cfg(test)]
mod tests {
    use hyperserve_core::{Body, Request};

    use super::super::key::Lookup;
    use super::*;

    fn flight(number: u64) -> Flight {
        (Lookup::of(&Request::new(Body::empty())).to_key(), number)
    }

    fn lead(flights: &Arc<Flights>, number: u64) -> Guard {
        match flights.join(flight(number)) {
            Seat::Lead(guard) => guard,
            other => panic!("{other:?}"),
        }
    }

    fn wait(flights: &Arc<Flights>) -> oneshot::Receiver<Landing> {
        match flights.join(flight(0)) {
            Seat::Wait(receiver) => receiver,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_leads_and_the_others_are_told() {
        let flights = Arc::new(Flights::new(2));
        let guard = lead(&flights, 0);
        let mut first = wait(&flights);
        let mut second = wait(&flights);
        assert!(matches!(flights.join(flight(0)), Seat::Alone), "two wait at most");
        drop(lead(&flights, 1));
        guard.land(&Landing::Pass);
        assert!(
            matches!(first.try_recv(), Ok(Landing::Pass)) && matches!(second.try_recv(), Ok(Landing::Pass))
        );
        drop(lead(&flights, 0));
    }

    #[test]
    fn who_left_makes_room() {
        let flights = Arc::new(Flights::new(1));
        let _guard = lead(&flights, 0);
        drop(wait(&flights));
        drop(wait(&flights));
    }

    #[test]
    fn a_leader_that_goes_leaves_its_place() {
        let flights = Arc::new(Flights::new(1));
        assert!(matches!(flights.follow(&flight(0)), Seat::Alone));
        let guard = lead(&flights, 0);
        let Seat::Wait(mut waiting) = flights.follow(&flight(0)) else { panic!("nobody leads") };
        drop(guard);
        assert!(waiting.try_recv().is_err());
        drop(lead(&flights, 0));
    }
}

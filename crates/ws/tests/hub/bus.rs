//! A backplane for one process: hubs that share a bus are joined.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use hyperserve_ws::MemberId;
use hyperserve_ws::hub::{Backplane, BackplaneError, Node, PresenceFuture};

#[derive(Clone, Debug, Default)]
pub(crate) struct Bus(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    nodes: Vec<Node>,
    present: HashMap<(String, MemberId), Vec<u8>>,
    is_cut: bool,
}

impl Bus {
    /// From now on nothing gets through.
    pub(crate) fn cut(&self) {
        self.0.lock().unwrap().is_cut = true;
    }

    /// A place on the bus for one hub.
    pub(crate) fn stop(&self) -> Stop {
        Stop { bus: self.clone(), node: Mutex::new(None) }
    }

    /// Hands everybody these bytes.
    pub(crate) fn hand_out(&self, room: &str, envelope: &Bytes) {
        let nodes = self.0.lock().unwrap().nodes.clone();
        nodes.iter().filter(|node| node.has(room)).for_each(|node| node.receive(room, envelope.clone()));
    }
}

#[derive(Debug)]
pub(crate) struct Stop {
    bus: Bus,
    node: Mutex<Option<Node>>,
}

impl Backplane for Stop {
    fn attach(&self, node: Node) {
        self.bus.0.lock().unwrap().nodes.push(node.clone());
        *self.node.lock().unwrap() = Some(node);
    }

    fn publish(&self, room: &str, envelope: Bytes) -> bool {
        let works = !self.bus.0.lock().unwrap().is_cut;
        if works {
            self.bus.hand_out(room, &envelope);
        }
        works
    }

    fn changed(&self, room: &Arc<str>, member: MemberId) {
        let presence = self.node.lock().unwrap().as_ref().and_then(|node| node.member(room, member));
        let mut state = self.bus.0.lock().unwrap();
        let key = (room.to_string(), member);
        match presence {
            Some(presence) => drop(state.present.insert(key, presence)),
            None => drop(state.present.remove(&key)),
        }
    }

    fn presence<'a>(&'a self, room: &'a str) -> PresenceFuture<'a> {
        let state = self.bus.0.lock().unwrap();
        let here = state.present.iter().filter(|((of, _), _)| of == room);
        let members = here.map(|((_, id), json)| (*id, Bytes::copy_from_slice(json))).collect();
        let answer = if state.is_cut { Err(BackplaneError::new("the bus is cut")) } else { Ok(members) };
        Box::pin(async { answer })
    }
}

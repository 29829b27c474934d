//! Who comes, changes and goes.

use hyperserve_ws::hub::RoomEvent;
use hyperserve_ws::{Hub, Member as Shown};

use crate::member::Member;

#[tokio::test]
async fn members_are_told_who_comes_changes_and_goes() {
    let hub = Hub::new();
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let seat = hub.join("a", ada.sender(), "Ada").unwrap();
    let mut events = seat.events();
    let other = hub.join("a", grace.sender(), "Grace").unwrap();
    let id = other.id();
    let _elsewhere = hub.join("b", grace.sender(), "Grace").unwrap();
    other.update("Admiral Grace");
    other.leave();
    let grace = |presence| Shown { id, presence };
    assert_eq!(events.recv().await, Some(RoomEvent::Joined(grace("Grace"))));
    assert_eq!(events.recv().await, Some(RoomEvent::Updated(grace("Admiral Grace"))));
    assert_eq!(events.recv().await, Some(RoomEvent::Left(grace("Admiral Grace"))));
    seat.leave();
    assert!(matches!(events.recv().await, Some(RoomEvent::Left(Shown { presence: "Ada", .. }))));
    assert_eq!(events.recv().await, None, "the room is gone");
}

#[tokio::test]
async fn a_listener_that_is_late_is_told_how_much_it_missed() {
    let hub = Hub::new();
    let mut ada = Member::new();
    let seat = hub.join("a", ada.sender(), 0).unwrap();
    let mut events = seat.events();
    (1..=300).for_each(|number| seat.update(number));
    assert_eq!(events.recv().await, Some(RoomEvent::Missed(44)));
    assert!(matches!(events.recv().await, Some(RoomEvent::Updated(Shown { presence: 45, .. }))));
}

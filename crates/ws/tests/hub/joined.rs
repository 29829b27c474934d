//! Hubs joined by a backplane.

use bytes::Bytes;
use hyperserve_ws::hub::RoomEvent;
use hyperserve_ws::{Hub, Member as Shown, Message, SlowConsumer};

use crate::bus::Bus;
use crate::member::Member;

fn hubs(bus: &Bus) -> [Hub<String>; 2] {
    [(); 2].map(|()| Hub::with_backplane(bus.stop()))
}

fn names(members: Vec<Shown<String>>) -> Vec<String> {
    let mut names: Vec<_> = members.into_iter().map(|member| member.presence).collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_broadcast_reaches_the_members_of_all_hubs_once() {
    let [here, there] = hubs(&Bus::default());
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let _other = there.join("a", grace.sender(), "Grace".into()).unwrap();
    [&mut ada, &mut grace].into_iter().for_each(Member::serve);
    assert_eq!(seat.broadcast("to all").await.sent, 1, "those of this machine are counted");
    seat.broadcast_others(vec![0, 255, 13, 10]).await;
    there.broadcast("a", "and back").await;
    assert_eq!(ada.hears_text().await, "to all");
    assert_eq!(ada.hears_text().await, "and back");
    assert_eq!(grace.hears_text().await, "to all");
    assert_eq!(grace.hears().await, Message::from(vec![0, 255, 13, 10]));
    assert_eq!(grace.hears_text().await, "and back");
    assert_eq!((here.stats().received, there.stats().received), (1, 2));
}

#[tokio::test]
async fn a_hub_without_members_reaches_those_of_others() {
    let [here, there] = hubs(&Bus::default());
    let mut grace = Member::new();
    let _seat = there.join("a", grace.sender(), "Grace".into()).unwrap();
    grace.serve();
    assert_eq!(here.broadcast("a", "hello").await.sent, 0);
    assert_eq!(grace.hears_text().await, "hello");
}

#[tokio::test]
async fn presence_is_that_of_all_hubs() {
    let bus = Bus::default();
    let [here, there] = hubs(&bus);
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let other = there.join("a", grace.sender(), "Grace".into()).unwrap();
    assert_eq!(names(here.presence("a").await.unwrap()), ["Ada", "Grace"]);
    assert_eq!(here.presence("a").await.unwrap(), there.presence("a").await.unwrap(), "in the same order");
    other.update("Admiral Grace".into());
    assert_eq!(names(here.presence("a").await.unwrap()), ["Ada", "Admiral Grace"]);
    assert_eq!(names(here.members("a")), ["Ada"]);
    other.leave();
    assert_eq!(names(here.presence("a").await.unwrap()), ["Ada"]);
    bus.cut();
    assert_eq!(here.presence("a").await.unwrap_err().to_string(), "the bus is cut");
    drop(seat);
}

#[tokio::test]
async fn events_cross_too() {
    let [here, there] = hubs(&Bus::default());
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let mut events = seat.events();
    let other = there.join("a", grace.sender(), "Grace".into()).unwrap();
    let member = |presence: &str| Shown { id: other.id(), presence: presence.to_owned() };
    other.update("Admiral Grace".into());
    assert_eq!(events.recv().await, Some(RoomEvent::Joined(member("Grace"))));
    assert_eq!(events.recv().await, Some(RoomEvent::Updated(member("Admiral Grace"))));
    let left = RoomEvent::Left(member("Admiral Grace"));
    other.leave();
    assert_eq!(events.recv().await, Some(left));
}

#[tokio::test]
async fn what_cannot_go_out_is_counted_and_reaches_those_here() {
    let bus = Bus::default();
    let [here, there] = hubs(&bus);
    let mut ada = Member::new();
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    bus.cut();
    assert_eq!(seat.broadcast("hello").await.sent, 1);
    assert_eq!((here.stats().unpublished, there.stats().received), (1, 0));
}

#[tokio::test]
async fn what_comes_from_others_never_waits() {
    let [here, there] = hubs(&Bus::default());
    let here = here.with_slow_consumer(SlowConsumer::Wait);
    let mut slow = Member::with_queue(1);
    let _seat = here.join("a", slow.sender(), "Ada".into()).unwrap();
    there.broadcast("a", "1").await;
    there.broadcast("a", "2").await;
    assert_eq!((here.stats().dropped, here.stats().disconnected), (1, 0));
    slow.serve();
    assert_eq!(slow.hears_text().await, "2");
}

#[tokio::test]
async fn bytes_that_are_no_envelope_do_no_harm() {
    let bus = Bus::default();
    let [here, _] = hubs(&bus);
    let mut ada = Member::new();
    let _seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    for bytes in
        [&b""[..], b"\x01", b"\x02\x00aaaaaaaa", b"\x01\x00aaaaaaaa\xff", b"\x01\x02aaaaaaaabbbbbbbbno JSON"]
    {
        bus.hand_out("a", &Bytes::from_static(bytes));
    }
    assert_eq!(here.stats().received, 0);
    assert_eq!(here.stats().sent, 0);
}

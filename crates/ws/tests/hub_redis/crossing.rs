//! What reaches the members of other machines.

use hyperserve_ws::Message;
use hyperserve_ws::hub::RoomEvent;

use crate::member::Member;
use crate::redis_server::RedisServer;
use crate::{hub, until, until_heard};

#[tokio::test]
async fn messages_cross_once_and_in_order() {
    let server = RedisServer::start();
    let [here, there] = [hub(&server), hub(&server)];
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let _other = there.join("a", grace.sender(), "Grace".into()).unwrap();
    ada.serve();
    grace.serve();
    until_heard(&server, "a", 2).await;
    for number in 0..100 {
        seat.broadcast(number.to_string()).await;
    }
    seat.broadcast_others((0..=255).collect::<Vec<u8>>()).await;
    for number in 0..100 {
        assert_eq!(grace.hears_text().await, number.to_string());
        assert_eq!(ada.hears_text().await, number.to_string());
    }
    assert_eq!(grace.hears().await, Message::from((0..=255).collect::<Vec<u8>>()));
    there.broadcast("a", "x".repeat(500_000)).await;
    assert_eq!(ada.hears_text().await.len(), 500_000);
    assert_eq!(grace.hears_text().await.len(), 500_000);
    assert_eq!((here.stats().received, there.stats().received), (1, 101));
    assert_eq!((here.stats().unpublished, there.stats().unpublished), (0, 0));
}

#[tokio::test]
async fn an_answer_to_what_a_member_says_after_joining_reaches_it() {
    let server = RedisServer::start();
    let [here, there] = [hub(&server), hub(&server)];
    for round in 0..50 {
        let room = format!("room-{round}");
        let mut grace = Member::new();
        let other = there.join(room.as_str(), grace.sender(), "Grace".into()).unwrap();
        grace.serve();
        until_heard(&server, &room, 1).await;
        let mut ada = Member::new();
        let seat = here.join(room.as_str(), ada.sender(), "Ada".into()).unwrap();
        ada.serve();
        seat.broadcast_others("anybody here?").await;
        assert_eq!(grace.hears_text().await, "anybody here?");
        other.broadcast_others("yes").await;
        assert_eq!(ada.hears_text().await, "yes");
    }
}

#[tokio::test]
async fn events_cross() {
    let server = RedisServer::start();
    let [here, there] = [hub(&server), hub(&server)];
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let seat = here.join("a", ada.sender(), "Ada".into()).unwrap();
    let mut events = seat.events();
    until_heard(&server, "a", 1).await;
    let other = there.join("a", grace.sender(), "Grace".into()).unwrap();
    other.update("Admiral Grace".into());
    other.leave();
    let name = |event| match event {
        Some(RoomEvent::Joined(member)) => format!("+{}", member.presence),
        Some(RoomEvent::Updated(member)) => format!("={}", member.presence),
        Some(RoomEvent::Left(member)) => format!("-{}", member.presence),
        event => panic!("{event:?}"),
    };
    assert_eq!(name(events.recv().await), "+Grace");
    assert_eq!(name(events.recv().await), "=Admiral Grace");
    assert_eq!(name(events.recv().await), "-Admiral Grace");
}

#[tokio::test]
async fn rooms_are_subscribed_to_as_long_as_they_have_members() {
    let server = RedisServer::start();
    let here = hub(&server);
    let mut ada = Member::new();
    let seats: Vec<_> =
        (0..600).map(|room| here.join(format!("r{room}"), ada.sender(), "Ada".into()).unwrap()).collect();
    until("all subscriptions", async || {
        server.ask("PUBSUB CHANNELS hyperserve:room:*").starts_with("*600\r\n")
    })
    .await;
    until("all members", async || server.ask("KEYS hyperserve:presence:*").starts_with("*600\r\n")).await;
    drop(seats);
    until("none any more", async || server.ask("PUBSUB CHANNELS").starts_with("*0\r\n")).await;
    until("nobody any more", async || server.ask("KEYS hyperserve:presence:*").starts_with("*0\r\n")).await;
    drop(here);
    until("the end of the session", async || server.ask("DBSIZE") == ":0\r\n").await;
    until("the end of the connection", async || server.ask("CLIENT LIST").matches("id=").count() == 1).await;
}

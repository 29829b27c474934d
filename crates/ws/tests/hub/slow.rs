//! Members whose queue is full.

use std::time::Duration;

use hyperserve_ws::{CloseCode, Hub, SlowConsumer};
use tokio::time::Instant;

use crate::member::Member;

#[tokio::test]
async fn by_default_they_are_disconnected_and_the_others_go_on() {
    let hub = Hub::new();
    let (mut slow, mut quick) = (Member::with_queue(2), Member::with_queue(8));
    let _slow_seat = hub.join("a", slow.sender(), ()).unwrap();
    let _quick_seat = hub.join("a", quick.sender(), ()).unwrap();
    for _ in 0..2 {
        assert_eq!(hub.broadcast("a", "early").await.sent, 2);
    }
    let delivery = hub.broadcast("a", "too much").await;
    assert_eq!((delivery.sent, delivery.disconnected), (1, 1));
    assert_eq!(hub.members("a").len(), 1, "it has left the room");
    assert_eq!(hub.broadcast("a", "later").await.sent, 1);
    slow.serve();
    quick.serve();
    assert_eq!(slow.hears_close().await, CloseCode::TRY_AGAIN_LATER);
    for text in ["early", "early", "too much", "later"] {
        assert_eq!(quick.hears_text().await, text);
    }
    assert_eq!(hub.stats().disconnected, 1);
}

#[tokio::test]
async fn they_may_lose_the_oldest_messages() {
    let hub = Hub::new().with_slow_consumer(SlowConsumer::DropOldest);
    let mut slow = Member::with_queue(2);
    let _seat = hub.join("a", slow.sender(), ()).unwrap();
    let mut dropped = 0;
    for text in ["1", "2", "3", "4"] {
        let delivery = hub.broadcast("a", text).await;
        assert_eq!((delivery.sent, delivery.disconnected), (1, 0));
        dropped += delivery.dropped;
    }
    assert_eq!((dropped, hub.stats().dropped), (2, 2));
    slow.serve();
    assert_eq!(slow.hears_text().await, "3");
    assert_eq!(slow.hears_text().await, "4");
}

#[tokio::test]
async fn they_may_be_waited_for() {
    let hub = Hub::new().with_slow_consumer(SlowConsumer::Wait);
    let (mut slow, mut quick) = (Member::with_queue(1), Member::with_queue(8));
    let _seats = [&mut slow, &mut quick].map(|member| hub.join("a", member.sender(), ()).unwrap());
    quick.serve();
    assert_eq!(hub.broadcast("a", "1").await.sent, 2);
    let waits = tokio::spawn({
        let hub = hub.clone();
        async move { hub.broadcast("a", "2").await }
    });
    assert_eq!(quick.hears_text().await, "1");
    assert_eq!(quick.hears_text().await, "2", "only the slow one is waited for");
    assert!(!waits.is_finished());
    assert_eq!(hub.members("a").len(), 2, "and nobody else meanwhile");
    slow.serve();
    let delivery = waits.await.unwrap();
    assert_eq!((delivery.sent, delivery.dropped, delivery.disconnected), (2, 0, 0));
    assert_eq!(slow.hears_text().await, "1");
    assert_eq!(slow.hears_text().await, "2");
}

#[tokio::test(start_paused = true)]
async fn they_are_waited_for_so_long_all_together() {
    let hub = Hub::new().with_slow_consumer(SlowConsumer::Wait).with_wait(Duration::from_secs(3));
    let mut members = [(); 5].map(|()| Member::with_queue(1));
    let _seats = members.each_mut().map(|member| hub.join("a", member.sender(), ()).unwrap());
    hub.broadcast("a", "1").await;
    let began = Instant::now();
    let delivery = hub.broadcast("a", "2").await;
    assert_eq!((delivery.sent, delivery.disconnected), (0, 5));
    assert!((3..4).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert!(hub.rooms().is_empty());
}

#[tokio::test]
async fn whoever_is_waited_for_may_go() {
    let hub = Hub::new().with_slow_consumer(SlowConsumer::Wait).with_wait(Duration::from_secs(3600));
    let mut slow = Member::with_queue(1);
    let _seat = hub.join("a", slow.sender(), ()).unwrap();
    hub.broadcast("a", "1").await;
    let waits = tokio::spawn(async move { hub.broadcast("a", "2").await });
    tokio::task::yield_now().await;
    slow.vanish();
    let delivery =
        tokio::time::timeout(Duration::from_secs(10), waits).await.expect("an end in time").unwrap();
    assert_eq!((delivery.sent, delivery.disconnected), (0, 0));
}

//! Joining, leaving, and what reaches whom.

use hyperserve_ws::{Hub, Message, SlowConsumer};

use crate::member::Member;

#[tokio::test]
async fn what_is_broadcast_reaches_all_members_of_the_room_and_nobody_else() {
    let hub = Hub::new();
    let (mut ada, mut grace, mut alan) = (Member::new(), Member::new(), Member::new());
    let _seats = [
        hub.join("a", ada.sender(), "Ada").unwrap(),
        hub.join("a", grace.sender(), "Grace").unwrap(),
        hub.join("b", alan.sender(), "Alan").unwrap(),
    ];
    [&mut ada, &mut grace, &mut alan].into_iter().for_each(Member::serve);
    let delivery = hub.broadcast("a", "hello").await;
    assert_eq!((delivery.sent, delivery.dropped, delivery.disconnected), (2, 0, 0));
    hub.broadcast("b", vec![0, 255]).await;
    assert_eq!(ada.hears().await, Message::from("hello"));
    assert_eq!(grace.hears().await, Message::from("hello"));
    assert_eq!(alan.hears().await, Message::from(vec![0, 255]));
    assert_eq!(hub.broadcast("nowhere", "hello").await.sent, 0);
}

#[tokio::test]
async fn a_member_is_heard_by_itself_only_if_it_wants() {
    let hub = Hub::new();
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let seat = hub.join("a", ada.sender(), ()).unwrap();
    let _other = hub.join("a", grace.sender(), ()).unwrap();
    [&mut ada, &mut grace].into_iter().for_each(Member::serve);
    assert_eq!(seat.broadcast_others("to others").await.sent, 1);
    assert_eq!(seat.broadcast("to all").await.sent, 2);
    assert_eq!(ada.hears_text().await, "to all");
    assert_eq!(grace.hears_text().await, "to others");
    assert_eq!(grace.hears_text().await, "to all");
}

#[tokio::test]
async fn rooms_come_and_go_with_their_members() {
    let hub = Hub::new();
    let (mut ada, mut grace) = (Member::new(), Member::new());
    assert!(hub.rooms().is_empty());
    let first = hub.join("a", ada.sender(), "Ada").unwrap();
    let second = hub.join("a", grace.sender(), "Grace").unwrap();
    assert_eq!(hub.rooms(), [("a".into(), 2)]);
    let names = |members: Vec<hyperserve_ws::Member<&'static str>>| -> Vec<_> {
        members.into_iter().map(|member| member.presence).collect()
    };
    assert_eq!(names(hub.members("a")), ["Ada", "Grace"]);
    second.update("Admiral Grace");
    assert_eq!(names(hub.members("a")), ["Ada", "Admiral Grace"]);
    assert_eq!(hub.members("a")[0].id, first.id());
    assert!(first.id() < second.id());
    assert_eq!(first.room(), "a");
    first.leave();
    assert_eq!(names(hub.members("a")), ["Admiral Grace"]);
    drop(second);
    assert!(hub.rooms().is_empty());
    let stats = hub.stats();
    assert_eq!((stats.members, stats.rooms), (0, 0));
}

#[tokio::test]
async fn a_socket_may_sit_in_many_rooms() {
    let hub = Hub::new();
    let mut ada = Member::new();
    let sender = ada.sender();
    let seats: Vec<_> =
        (0..100).map(|room| hub.join(format!("room {room}"), sender.clone(), ()).unwrap()).collect();
    ada.serve();
    for seat in &seats {
        seat.broadcast(seat.room()).await;
        assert_eq!(ada.hears_text().await, seat.room());
    }
    assert_eq!(hub.stats().rooms, 100);
    drop(seats);
    assert_eq!(hub.stats().rooms, 0);
}

#[tokio::test]
async fn a_member_that_is_gone_is_passed_over_and_taken_out() {
    let hub = Hub::new();
    let (mut ada, mut grace) = (Member::new(), Member::new());
    let kept = hub.join("a", ada.sender(), ()).unwrap();
    let _seat = hub.join("a", grace.sender(), ()).unwrap();
    grace.serve();
    ada.vanish();
    tokio::time::timeout(std::time::Duration::from_secs(10), async {
        while hub.broadcast("a", "anybody?").await.sent != 1 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("one member in time");
    assert_eq!(hub.members("a").len(), 1);
    assert_eq!(hub.stats().members, 1);
    assert_eq!(kept.broadcast("still here?").await.sent, 1, "a seat whose socket is gone still broadcasts");
    drop(kept);
    assert_eq!(hub.stats().members, 1, "nobody leaves twice");
}

#[tokio::test]
async fn a_large_room_gets_it_too() {
    const MEMBERS: usize = 2000;
    let hub = Hub::new();
    let mut members: Vec<_> = std::iter::repeat_with(Member::new).take(MEMBERS).collect();
    let _seats: Vec<_> =
        members.iter_mut().map(|member| hub.join("a", member.sender(), ()).unwrap()).collect();
    members.iter_mut().for_each(Member::serve);
    assert_eq!(hub.broadcast("a", "hello").await.sent, MEMBERS);
    for member in &mut members {
        assert_eq!(member.hears_text().await, "hello");
    }
    assert_eq!(hub.stats().sent, MEMBERS as u64);
    assert_eq!(hub.stats().broadcasts, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_leaves_and_broadcasts_of_many_tasks_do_not_disturb_each_other() {
    let hub = Hub::new().with_slow_consumer(SlowConsumer::DropOldest);
    let tasks = (0..8).map(|_| {
        let hub = hub.clone();
        tokio::spawn(async move {
            let mut member = Member::new();
            let sender = member.sender();
            member.serve();
            for round in 0..200 {
                let room = if round % 2 == 0 { "even" } else { "odd" };
                let seat = hub.join(room, sender.clone(), ()).unwrap();
                seat.broadcast_others("x").await;
                if round % 16 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            drop(member);
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let stats = hub.stats();
    assert_eq!((stats.members, stats.rooms, stats.broadcasts), (0, 0, 1600));
    assert!(hub.rooms().is_empty());
}

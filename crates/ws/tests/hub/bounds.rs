//! What a hub refuses.

use hyperserve_ws::{CloseCode, Hub, JoinError};

use crate::member::Member;

#[tokio::test]
async fn a_room_takes_so_many_members() {
    let hub = Hub::new().with_max_members(2);
    let mut ada = Member::new();
    let seats = [(); 2].map(|()| hub.join("a", ada.sender(), ()).unwrap());
    let refused = hub.join("a", ada.sender(), ()).unwrap_err();
    assert_eq!((refused, refused.close_code()), (JoinError::RoomFull, CloseCode::TRY_AGAIN_LATER));
    let _other = hub.join("b", ada.sender(), ()).unwrap();
    drop(seats);
    let _again = hub.join("a", ada.sender(), ()).unwrap();
    assert_eq!(hub.stats().members, 2);
}

#[tokio::test]
async fn there_are_so_many_rooms() {
    let hub = Hub::new().with_max_rooms(1);
    let mut ada = Member::new();
    let seat = hub.join("a", ada.sender(), ()).unwrap();
    let same = hub.join("a", ada.sender(), ()).unwrap();
    assert_eq!(hub.join("b", ada.sender(), ()).unwrap_err(), JoinError::TooManyRooms);
    seat.leave();
    same.leave();
    let _other = hub.join("b", ada.sender(), ()).unwrap();
    assert_eq!(hub.rooms(), [("b".into(), 1)]);
}

#[tokio::test]
async fn a_room_that_takes_nobody_is_not_made() {
    let hub = Hub::new().with_max_members(0);
    let mut ada = Member::new();
    assert_eq!(hub.join("a", ada.sender(), ()).unwrap_err(), JoinError::RoomFull);
    let stats = hub.stats();
    assert_eq!((stats.members, stats.rooms), (0, 0));
}

#[tokio::test]
async fn the_names_of_rooms_are_so_long() {
    let hub = Hub::new();
    let mut ada = Member::new();
    let _seat = hub.join("x".repeat(256), ada.sender(), ()).unwrap();
    let refused = hub.join("x".repeat(257), ada.sender(), ()).unwrap_err();
    assert_eq!((refused, refused.close_code()), (JoinError::NameTooLong, CloseCode::POLICY_VIOLATION));
    let _longer = hub.with_max_name(300).join("x".repeat(257), ada.sender(), ()).unwrap();
}

//! Subprotocols and compression, as they are agreed on with our server.

use crate::ours::echoes;
use crate::served::{in_memory, numbers};
use hyperserve_ws::{Compression, Connect, Message, WebSocket, WebSocketConfig};

async fn open(connect: Connect) -> (WebSocket, http::Response<()>) {
    connect.over(in_memory()).await.unwrap()
}

fn to(path: &str) -> Connect {
    Connect::new(format!("ws://a.example{path}"))
}

#[tokio::test]
async fn the_server_chooses_a_subprotocol() {
    for (offered, chosen) in [
        (&["chat.v1", "chat.v2"][..], Some("chat.v2")),
        (&["soap", "chat.v1"], Some("chat.v1")),
        (&["soap"], None),
        (&[], None),
    ] {
        for connect in [to("/chat"), to("/chat").with_http2()] {
            let (mut socket, _) = open(connect.with_protocols(offered.iter().copied())).await;
            assert_eq!(socket.protocol(), chosen, "{offered:?}");
            assert_eq!(socket.recv().await.unwrap().unwrap().as_str(), Some(chosen.unwrap_or("none")));
        }
    }
}

#[tokio::test]
async fn compression_is_what_both_want() {
    let both = Compression::default().with_server_takeover(true).with_client_takeover(true).with_min_size(1);
    let narrow = both.with_server_window_bits(9).with_client_window_bits(10);
    for (path, compression, answer) in [
        ("/echo", Some(Compression::default()), "server_no_context_takeover; client_no_context_takeover"),
        ("/echo", None, ""),
        ("/plain", Some(Compression::default()), ""),
        ("/plain", None, ""),
        ("/takeover", Some(both), "permessage-deflate"),
        ("/takeover", Some(Compression::default()), "server_no_context_takeover; client_no_context_takeover"),
        ("/takeover", Some(narrow), "server_max_window_bits=9; client_max_window_bits=10"),
    ] {
        let config = WebSocketConfig::default().with_compression(compression);
        for connect in [to(path), to(path).with_http2()] {
            let (mut socket, head) = open(connect.with_config(config.clone())).await;
            let said =
                head.headers().get("sec-websocket-extensions").map_or("", |value| value.to_str().unwrap());
            assert!(
                said.ends_with(answer) && said.is_empty() == answer.is_empty(),
                "{path} {compression:?}: {said}"
            );
            assert_eq!(socket.is_compressed(), !answer.is_empty());
            echoes(&mut socket).await;
        }
    }
}

#[tokio::test]
async fn a_dictionary_lives_through_many_messages() {
    let both = Compression::default().with_server_takeover(true).with_client_takeover(true).with_min_size(1);
    for compression in [both, both.with_client_takeover(false), both.with_server_takeover(false)] {
        let config = WebSocketConfig::default().with_compression(Some(compression));
        let (mut socket, _) = open(to("/takeover").with_config(config)).await;
        let text = numbers();
        for length in (1..200).map(|step| step * 80) {
            socket.send(&text[..length]).await.unwrap();
            assert_eq!(socket.recv().await.unwrap().unwrap(), Message::from(&text[..length]));
        }
    }
}

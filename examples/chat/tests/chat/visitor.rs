//! Somebody who chats, by tokio-tungstenite.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::running::Running;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Visitor(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Visitor {
    pub(crate) async fn try_enter(
        server: &Running,
        room: &str,
        name: &str,
    ) -> Result<Self, tungstenite::Error> {
        let address = format!("ws://{}/rooms/{room}?name={name}", server.address());
        connect_async(address).await.map(|(socket, _)| Self(socket))
    }

    pub(crate) async fn enter(server: &Running, room: &str, name: &str) -> Self {
        Self::try_enter(server, room, name).await.unwrap()
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// What the page is told next.
    pub(crate) async fn told(&mut self) -> Value {
        loop {
            match timeout(PATIENCE, self.0.next())
                .await
                .expect("a message in time")
                .expect("an open socket")
                .unwrap()
            {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                message => panic!("{message:?}"),
            }
        }
    }

    /// The next thing that is said by anybody.
    pub(crate) async fn hears(&mut self) -> String {
        loop {
            let told = self.told().await;
            if told["kind"] == "said" {
                return format!("{}: {}", told["name"].as_str().unwrap(), told["text"].as_str().unwrap());
            }
        }
    }

    /// The names in the first list, in order.
    pub(crate) async fn sees(&mut self) -> Vec<String> {
        loop {
            let told = self.told().await;
            if told["kind"] == "here" {
                let members = told["members"].as_array().unwrap().iter();
                let mut names: Vec<_> =
                    members.map(|member| member["presence"].as_str().unwrap().to_owned()).collect();
                names.sort();
                return names;
            }
        }
    }

    /// Waits for news of this kind about somebody of this name.
    pub(crate) async fn learns(&mut self, kind: &str, name: &str) {
        loop {
            let told = self.told().await;
            if told["kind"] == kind && told["presence"] == name {
                return;
            }
        }
    }

    /// The code of the Close frame that comes.
    pub(crate) async fn hears_close(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("an end in time") {
                Some(Ok(Message::Close(frame))) => return frame.expect("a code").code.into(),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

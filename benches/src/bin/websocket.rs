//! The WebSockets under test: HyperServe as it comes, every limit and deadline on.
//!
//! `/echo` is the loop of the documentation; `/feed` is the same without the flush, so that answers to messages that
//! arrived together leave together; `/takeover` agrees to keep compression's dictionaries. What `/hub/send` is sent goes
//! to all of `/hub`, each in the room of a [`Hub`]; what `/naive/send` is sent goes to all of `/naive` by a loop over
//! their senders.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use hyperserve_benches::Flags;
use hyperserve_core::Response;
use hyperserve_router::{Router, State, get};
use hyperserve_server::Server;
use hyperserve_ws::{Compression, Hub, Message, Sender, WebSocket, WebSocketUpgrade};

const ROOM: &str = "everybody";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            let _ = writeln!(io::stderr(), "websocket: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let flags = Flags::from_env(&["listen", "workers"])?;
    let listen = flags.get("listen", SocketAddr::from(([127, 0, 0, 1], 8080)))?;
    let workers = flags.get("workers", thread::available_parallelism().map_or(1, usize::from))?;
    let app = routes().try_build().map_err(|errors| errors.to_string())?;
    let report = Server::new().listen(listen).with_workers(workers).run(app);
    report.map(drop).map_err(|error| error.to_string())
}

fn routes() -> Router {
    let hub = Router::new()
        .route(
            "/hub",
            get(async |upgrade, State(hub): State<Hub>| open(upgrade, move |socket| sit(socket, hub))),
        )
        .route(
            "/hub/send",
            get(async |upgrade, State(hub): State<Hub>| open(upgrade, move |socket| say(socket, hub))),
        )
        .with_state(Hub::new());
    let naive = Router::new()
        .route(
            "/naive",
            get(async |upgrade, State(list): State<List>| open(upgrade, move |socket| enter(socket, list))),
        )
        .route(
            "/naive/send",
            get(async |upgrade, State(list): State<List>| open(upgrade, move |socket| tell(socket, list))),
        )
        .with_state(List::default());
    Router::new()
        .route("/", get(async || "Hello, World!"))
        .route("/echo", get(async |upgrade: WebSocketUpgrade| open(upgrade, echo)))
        .route("/feed", get(async |upgrade: WebSocketUpgrade| open(upgrade, feed)))
        .route(
            "/takeover",
            get(async |upgrade: WebSocketUpgrade| open(upgrade.with_compression(Some(takeover())), echo)),
        )
        .merge(hub)
        .merge(naive)
}

fn open<F>(upgrade: WebSocketUpgrade, handler: impl FnOnce(WebSocket) -> F + Send + 'static) -> Response
where
    F: Future<Output = Option<()>> + Send + 'static,
{
    upgrade.on_upgrade(async move |socket| handler(socket).await.unwrap_or_default())
}

fn takeover() -> Compression {
    Compression::default().with_server_takeover(true).with_client_takeover(true)
}

/// `None` once the socket has ended.
async fn echo(mut socket: WebSocket) -> Option<()> {
    loop {
        let message = socket.recv().await?.ok()?;
        socket.send(message).await.ok()?;
    }
}

/// What was fed is written when no further message is there.
async fn feed(mut socket: WebSocket) -> Option<()> {
    loop {
        let message = socket.recv().await?.ok()?;
        socket.feed(message).await.ok()?;
    }
}

async fn sit(mut socket: WebSocket, hub: Hub) -> Option<()> {
    let _seat = hub.join(ROOM, socket.sender(), ()).ok()?;
    loop {
        socket.recv().await?.ok()?;
    }
}

async fn say(mut socket: WebSocket, hub: Hub) -> Option<()> {
    loop {
        let message = socket.recv().await?.ok()?;
        hub.broadcast(ROOM, message).await;
    }
}

/// Sockets as a chat without a hub keeps them.
#[derive(Clone, Default)]
struct List(Arc<Mutex<Vec<Sender>>>);

impl List {
    fn add(&self, sender: Sender) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
    }

    fn all(&self) -> Vec<Sender> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn send(&self, message: Message) {
        for sender in self.all() {
            // One that has ended meanwhile is no concern of the others.
            let _ = sender.send(message.clone()).await;
        }
    }
}

async fn enter(mut socket: WebSocket, list: List) -> Option<()> {
    list.add(socket.sender());
    loop {
        socket.recv().await?.ok()?;
    }
}

async fn tell(mut socket: WebSocket, list: List) -> Option<()> {
    loop {
        let message = socket.recv().await?.ok()?;
        list.send(message).await;
    }
}

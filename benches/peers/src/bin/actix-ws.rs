//! WebSockets of actix-web (the crate actix-ws): the loop of its documentation, TCP_NODELAY, a write buffer for more
//! than one message of 64 KiB.

use std::io;
use std::process::ExitCode;

use actix_web::web::{self, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use actix_ws::{Closed, Message, MessageStream, Session};
use hyperserve_bench_peers::{BACKLOG, Options, TEXT};

/// The bound of HyperServe's messages, for every peer the same.
const MAX_MESSAGE: usize = 1 << 20;
const WRITE_BUFFER: usize = 128 << 10;

fn main() -> ExitCode {
    match Options::from_env().and_then(|options| run(&options).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("actix-ws: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Without actix's handling of signals: SIGTERM ends it at once, as it does the other peers.
fn run(options: &Options) -> io::Result<()> {
    let app = || App::new().route("/", web::get().to(async || TEXT)).route("/echo", web::get().to(open));
    let server = HttpServer::new(app)
        .workers(options.workers)
        .backlog(BACKLOG)
        .tcp_nodelay(true)
        .h1_write_buffer_size(WRITE_BUFFER)
        .disable_signals()
        .bind(options.listen)?;
    rt::System::new().block_on(server.run())
}

async fn open(request: HttpRequest, body: Payload) -> actix_web::Result<HttpResponse> {
    let (response, session, messages) = actix_ws::handle(&request, body)?;
    rt::spawn(echo(session, messages.max_frame_size(MAX_MESSAGE)));
    Ok(response)
}

async fn echo(mut session: Session, mut messages: MessageStream) {
    while let Some(Ok(message)) = messages.recv().await {
        if answer(&mut session, message).await.is_err() {
            return;
        }
    }
    let _ = session.close(None).await;
}

async fn answer(session: &mut Session, message: Message) -> Result<(), Closed> {
    match message {
        Message::Binary(bytes) => session.binary(bytes).await,
        Message::Text(text) => session.text(text).await,
        Message::Ping(bytes) => session.pong(&bytes).await,
        Message::Close(_) => Err(Closed),
        _ => Ok(()),
    }
}

//! An app without a socket, as the inside of a desktop program. A webview asks a handler for `app://…` addresses; the handler
//! hands the request to the app, and no port is open for other programs. Try: `cargo run -p example-desktop-shell`.
#![allow(clippy::print_stdout, reason = "an example talks to its terminal")]

mod shell;

use hyperserve::prelude::*;
use std::error::Error;
use std::sync::mpsc;

use self::shell::Shell;

async fn shout(text: String) -> String {
    text.to_uppercase()
}

fn app() -> App {
    App::new().route("/", get(async || Html("<h1>Inside the window</h1>"))).route("/shout", post(shout))
}

/// A program with a window hands `respond` or `respond_later` to its webview; this one asks in the webview's place.
fn main() -> Result<(), Box<dyn Error>> {
    let shell = Shell::new(app())?;
    let page = shell.respond(http::Request::get("app://localhost/").body(Vec::new())?);
    println!("{} {}", page.status(), String::from_utf8_lossy(page.body()));

    let (reply, replied) = mpsc::channel();
    let request = http::Request::post("app://localhost/shout").body(b"hello".to_vec())?;
    shell.respond_later(request, move |answer| drop(reply.send(answer)));
    let answer = replied.recv()?;
    println!("{} {}", answer.status(), String::from_utf8_lossy(answer.body()));
    Ok(())
}

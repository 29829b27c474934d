//! Starts the app as its own flags want it, with the relay in front of it when one is wanted.

use std::{error::Error, io, net::TcpListener as Socket, thread, time::Duration};

use hyperserve::{Config, server::Handle};
use hyperserve_tests::app::{self, Mutation, Variant};
use tokio::{net::TcpListener, runtime};

use crate::{arguments::Arguments, relay};

/// Serves until SIGTERM.
pub(crate) fn serve(arguments: &Arguments, defaults: Config) -> Result<(), Box<dyn Error>> {
    let variant =
        Variant::default().with_mutation(arguments.mutation).with_answer_after(arguments.answer_after);
    let bound = app::app(variant).with_config(config(arguments, defaults)).bind()?;
    let urls: Vec<_> = bound.addresses().iter().map(|address| address.url()).collect();
    let (handle, mutation) =
        (bound.handle(), arguments.mutation.filter(|mutation| mutation.is_on_the_wire()));
    thread::spawn(move || announce_all(&urls, &handle, mutation));
    bound.run()?;
    Ok(())
}

fn config(arguments: &Arguments, defaults: Config) -> Config {
    let listen = Some(arguments.listen.join(",")).filter(|listen| !listen.is_empty());
    let config = listen.into_iter().fold(defaults, |config, listen| config.with("listen", listen));
    arguments.settings.iter().fold(config, |config, (name, value)| config.with(name, value))
}

/// Waits until the server is ready to serve, and to be ended, before anybody is told where it is.
fn announce_all(urls: &[String], handle: &Handle, mutation: Option<Mutation>) -> io::Result<()> {
    while !handle.is_ready() {
        thread::sleep(Duration::from_millis(1));
    }
    urls.iter().try_for_each(|url| announce(url, mutation))
}

/// Prints where the client finds the server at `url`: there, or at a relay's own address.
#[expect(clippy::print_stdout, reason = "the start contract asks for a line on standard output")]
fn announce(url: &str, mutation: Option<Mutation>) -> io::Result<()> {
    match mutation {
        None => println!("listening on {url}"),
        Some(mutation) => {
            let front = Socket::bind("127.0.0.1:0")?;
            println!("listening on http://{}", front.local_addr()?);
            let server = url.trim_start_matches("http://").to_owned();
            thread::spawn(move || run_relay(front, server, mutation));
        }
    }
    Ok(())
}

fn run_relay(front: Socket, server: String, mutation: Mutation) -> io::Result<()> {
    front.set_nonblocking(true)?;
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async { relay::relay(TcpListener::from_std(front)?, server, mutation).await })
}

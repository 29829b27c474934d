//! HTTPS with HTTP/2. Try: `cargo run -p example-tls`, then `curl -k https://127.0.0.1:8443/`. With a certificate of yours:
//! `cargo run -p example-tls fullchain.pem privkey.pem`; renew the files, and the next connection gets the new one.
#![allow(clippy::print_stdout, reason = "an example talks to its terminal")]

use hyperserve::prelude::*;
use std::error::Error;
use std::sync::Arc;

async fn answer(request: Request) -> Result<String, Problem> {
    let internal = |error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error);
    let version = request.version();
    let conn: Arc<ConnInfo> = request.into_parts().0.extract().await.map_err(internal)?;
    let tls = conn.tls().ok_or_else(|| Problem::new(StatusCode::UPGRADE_REQUIRED))?;
    Ok(format!("{version:?} over {} with {}\n", tls.version().unwrap_or("?"), tls.cipher().unwrap_or("?")))
}

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let tls = match files.as_slice() {
        [certificate, key] => TlsConfig::from_pem_files(certificate, key),
        _ => TlsConfig::self_signed(["localhost"])?,
    };
    let address = std::env::var("SERVER_ADDR").unwrap_or_else(|_| "127.0.0.1:8443".to_owned());
    let server = Server::new().listen(Listener::new(&address).with_tls(tls)).bind()?;
    println!("listening on {}", server.addresses()[0].url());
    server.run(app_fn(answer))?;
    Ok(())
}

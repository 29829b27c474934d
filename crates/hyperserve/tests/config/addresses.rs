//! Where the server listens for HTTP, and what it is told of that by names that are not ours.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::client::{exchange, get, get_text};
use crate::process::Server;
use crate::start::with_addresses;

pub(crate) const COVERED: &[&str] = &["listen", "unix_mode"];

#[test]
fn listen_is_a_list() {
    let server = with_addresses(&[("HS_LISTEN", "127.0.0.1:0, localhost:0")], 2);
    assert_ne!(server.address(0).port(), server.address(1).port());
    for nth in [0, 1] {
        assert_eq!(get(server.address(nth), "/").status, 200);
    }
}

#[test]
fn server_addr_is_listen() {
    let variables = [("SERVER_ADDR", "127.0.0.1:0")];
    let server = Server::start_in(Path::new(env!("CARGO_TARGET_TMPDIR")), &variables, "", 1);
    assert_eq!(get(server.address(0), "/").status, 200);
    assert_ne!(server.address(0).port(), 8080);
}

#[test]
fn a_unix_socket_has_the_mode_that_is_set() {
    for (mode, bits) in [("600", 0o600), ("0o666", 0o666)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sock");
        let listen = format!("unix:{}", path.display());
        let _server = with_addresses(&[("HS_LISTEN", &listen), ("HS_UNIX_MODE", mode)], 1);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, bits);
        assert_eq!(exchange(UnixStream::connect(&path).unwrap(), &get_text("/", "")).status, 200);
    }
}

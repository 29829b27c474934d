//! The PROXY protocol header in front of a connection, from peers that may send one.

use super::rewind::Rewind;
use super::socket::Socket;
use hyperserve_core::proxy_protocol::{self, Parsed, ProxyHeader};
use std::io::{self, ErrorKind};
use tokio::io::AsyncReadExt as _;

/// Longer headers than this are refused; the longest in use, version 2 with TLS facts, stay far below.
const MOST: usize = 4096;

/// Reads the header and puts back what followed it. It must be there: a trusted proxy that sends none is misconfigured,
/// and taking its word for the client's address would be wrong (PROXY protocol §5).
pub(super) async fn read_header(socket: &mut Rewind<Socket>) -> io::Result<ProxyHeader> {
    let mut read = Vec::with_capacity(256);
    loop {
        if socket.read_buf(&mut read).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        match proxy_protocol::parse(&read) {
            Ok(Parsed::Complete { header, len, .. }) => {
                socket.unread(&read[len..]);
                return Ok(header);
            }
            Ok(Parsed::Incomplete(_)) if read.len() < MOST => {}
            Ok(_) => return Err(io::Error::new(ErrorKind::InvalidData, "the header is too long")),
            Err(error) => return Err(io::Error::new(ErrorKind::InvalidData, error)),
        }
    }
}

//! Listening sockets: TCP, Unix and those handed over by a service manager.
//!
//! An address is written once, as a [`Bind`], and opened with [`Bind::open`], which answers one [`Bound`] an address
//! with a socket for every worker. The single steps are open to those who assemble their own server: [`bind_tcp`],
//! [`bind_tcp_group`], [`bind_unix`] and [`Inherited`].
//!
//! Every socket is non-blocking and closed on exec. Every error is one sentence that names the address and what to do.

mod bind;
mod fault;
mod inherited;
mod open;
mod socket;
mod tcp;
mod unix;

pub use bind::{Bind, ParseBindError};
pub use inherited::Inherited;
pub use open::{Bound, ListenOptions};
pub use socket::Socket;
pub use tcp::{TcpOptions, bind_tcp, bind_tcp_group};
pub use unix::{SocketFile, UnixOptions, UnixSocket, bind_unix};

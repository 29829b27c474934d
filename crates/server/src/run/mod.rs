//! Running a server: listeners, workers, signals, drain.

mod accept;
mod bound;
mod control;
mod error;
mod handle;
mod listener;
mod running;
mod serve;
mod server;
mod worker;

pub use self::bound::{Address, BoundServer};
pub use self::control::Report;
pub use self::error::ServerError;
pub use self::handle::Handle;
pub use self::listener::Listener;
pub use self::serve::{AnyListener, serve, serve_connection};
pub use self::server::Server;

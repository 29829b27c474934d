//! The limit on requests that are in work at once.

mod future;
mod gate;
mod held;
mod layer;

pub use self::future::ConcurrencyLimitFuture;
pub use self::layer::{ConcurrencyLimitHandle, ConcurrencyLimitLayer, ConcurrencyLimitService};

//! The limit on the body of a request.

mod future;
mod layer;
mod limited;

pub use self::future::BodyLimitFuture;
pub use self::layer::{BodyLimitHandle, BodyLimitLayer, BodyLimitService};

//! Routing, handlers, extractors and responses.

mod extract;
mod respond;

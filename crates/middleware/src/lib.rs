//! Middleware of HyperServe as tower layers, one directory and one cargo feature each.
//!
//! Every layer takes and makes a `tower::Service<http::Request<Body>, Response = http::Response<Body>>` with
//! `hyperserve_core`'s `Body`, so it fits round a router, round one subtree, or round any other service.
//!
//! # Features
//!
//! | Name | What it adds | Default |
//! |---|---|---|
//! | `access-log` | `access_log`: one line a request, written off the request's thread | yes |

#[cfg(feature = "access-log")]
pub mod access_log;

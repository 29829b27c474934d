use http::Method;
use hyperserve_router::{Router, get};

#[rustfmt::skip]
async fn all(
    _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method,
    _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method, _: Method,
) {}

fn main() {
    Router::new().route("/", get(all)).build();
}

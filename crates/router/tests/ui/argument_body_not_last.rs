use bytes::Bytes;
use http::Method;
use hyperserve_router::{Router, post};

async fn create(_body: Bytes, _method: Method) {}

fn main() {
    Router::new().route("/", post(create)).build();
}

use std::future::ready;
use std::rc::Rc;

use hyperserve_router::{Router, get};

async fn count() -> String {
    let count = Rc::new(7);
    ready(()).await;
    count.to_string()
}

fn main() {
    Router::new().route("/", get(count)).build();
}

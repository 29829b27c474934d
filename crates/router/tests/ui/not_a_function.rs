use hyperserve_router::{Router, get};

fn main() {
    Router::new().route("/", get("Hello")).build();
}

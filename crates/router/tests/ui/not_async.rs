use hyperserve_router::{Router, get};

fn show() -> &'static str {
    "Hello"
}

fn main() {
    Router::new().route("/", get(show)).build();
}

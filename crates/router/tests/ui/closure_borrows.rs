use hyperserve_router::{Router, get};

fn main() {
    let name = String::from("world");
    Router::new().route("/", get(async || format!("Hello, {name}"))).build();
}

use hyperserve_router::{Router, get};

struct Compression;

fn main() {
    Router::new().route("/", get(async || "Hello")).layer(Compression).build();
}

use hyperserve_router::{Router, get};

async fn motd() -> Result<String, std::io::Error> {
    std::fs::read_to_string("motd")
}

fn main() {
    Router::new().route("/", get(motd)).build();
}

use hyperserve_router::{Router, get_service};

async fn show() -> &'static str {
    "Hello"
}

fn main() {
    Router::new().route("/", get_service(show)).build();
}

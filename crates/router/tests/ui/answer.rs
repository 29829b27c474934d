use hyperserve_router::{Router, get};

struct User;

async fn show() -> User {
    User
}

fn main() {
    Router::new().route("/", get(show)).build();
}

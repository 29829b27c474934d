use hyperserve_router::{Router, get};

struct User;

async fn show(_user: User) {}

fn main() {
    Router::new().route("/", get(show)).build();
}

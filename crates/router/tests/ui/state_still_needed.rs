use hyperserve_router::{Router, State, get};

#[derive(Clone)]
struct Pool;

async fn show(State(_pool): State<Pool>) {}

fn routes() -> Router<Pool> {
    Router::new().route("/", get(show))
}

fn main() {
    routes().build();
}

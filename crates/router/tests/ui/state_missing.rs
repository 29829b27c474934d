use hyperserve_router::{Router, State, get};

#[derive(Clone)]
struct Pool;

async fn show(State(_pool): State<Pool>) {}

fn main() {
    Router::<()>::new().route("/", get(show)).build();
}

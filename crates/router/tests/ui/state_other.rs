use hyperserve_router::{Router, State, get};

#[derive(Clone)]
struct Pool;

#[derive(Clone)]
struct AppState {
    _pool: Pool,
}

async fn show(State(_pool): State<Pool>) {}

fn main() {
    let state = AppState { _pool: Pool };
    Router::new().route("/", get(show)).with_state::<()>(state).build();
}

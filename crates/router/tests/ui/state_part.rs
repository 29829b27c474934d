use hyperserve_router::{Router, State, get};

#[derive(Clone)]
struct Pool;

#[derive(Clone)]
struct AppState {
    _pool: Pool,
}

async fn show(State(_pool): State<Pool>) {}

fn routes() -> Router<AppState> {
    Router::new().route("/", get(show))
}

fn main() {
    let _routes: Router = routes().with_state(AppState { _pool: Pool });
}

use hyperserve_core::IntoResponse;

struct User;

fn handler() -> impl IntoResponse {
    User
}

fn main() {
    handler();
}

use hyperserve_core::IntoResponse;

fn handler() -> impl IntoResponse {
    std::fs::read_to_string("motd")
}

fn main() {
    handler();
}

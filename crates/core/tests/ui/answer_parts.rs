use hyperserve_core::IntoResponse;

fn handler() -> impl IntoResponse {
    ("body", 7, "more")
}

fn main() {
    handler();
}

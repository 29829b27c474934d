use hyperserve_core::problem::set_renderer;

struct Page;

fn main() {
    set_renderer(Page);
}

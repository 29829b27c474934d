use hyperserve_core::FromRequestParts;

fn last_but_one<T: FromRequestParts<()>>() {}

fn main() {
    last_but_one::<bytes::Bytes>();
}

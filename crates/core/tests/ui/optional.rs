use hyperserve_core::FromRequestParts;
use http::Method;

fn argument<T: FromRequestParts<()>>() {}

fn main() {
    argument::<Option<Method>>();
}

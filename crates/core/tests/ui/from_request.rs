use hyperserve_core::FromRequest;

struct User;

fn argument<T: FromRequest<(), M>, M>() {}

fn main() {
    argument::<User, _>();
}

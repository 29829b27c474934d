use hyperserve_core::FromRequestParts;
use http::request::Parts;

struct Pool;
struct Db;

impl FromRequestParts<Pool> for Db {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_parts: &mut Parts, _state: &Pool) -> Result<Self, Self::Rejection> {
        Ok(Db)
    }
}

fn argument<T: FromRequestParts<()>>() {}

fn main() {
    argument::<Db>();
}

//! [`TestClient`]: asks an application in process, or a server over a socket, with the same few words.
//!
//! This is a tool for tests: what goes wrong on the way is a panic at the line of the test that asked, with a sentence. What
//! an application answers, errors included, is a [`TestResponse`].
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), hyperserve::AppError> {
//! use hyperserve::prelude::*;
//! use hyperserve::testing::TestClient;
//!
//! fn app() -> App {
//!     App::new().with_config(Config::new()).route("/hello/{name}", get(async |Path(name): Path<String>| format!("Hello, {name}!")))
//! }
//!
//! let client = TestClient::new(app().into_service()?);
//! let response = client.get("/hello/Ada").send().await;
//! assert_eq!(response.status(), 200);
//! assert_eq!(response.text().await, "Hello, Ada!");
//!
//! // The same over a real socket, for what only a connection shows.
//! let client = TestClient::serve(app()).await;
//! assert_eq!(client.get("/nothing").send().await.status(), 404);
//! # Ok(()) }
//! ```
#![expect(
    clippy::panic,
    reason = "a panic is how a test learns that its tool failed; documented at each function"
)]

mod client;
mod cookies;
mod request;
mod response;
mod transport;

pub use self::client::TestClient;
pub use self::request::TestRequest;
pub use self::response::TestResponse;

//! Basic, bearer tokens, API keys and scopes over real sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod identity;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyperserve_core::{Principal, Problem, Request, RequestExt as _};
use hyperserve_middleware::Paths;
use hyperserve_middleware::auth::{
    ApiKeyAuth, ApiKeys, AuthLayer, BasicAuth, BearerAuth, BearerToken, Refusal, Users, require,
};
use hyperserve_server::app_fn;
use identity::{ask, served};
use tower_layer::Layer as _;

const KEY: &str = "k-3f9a5c1e8b7d2460";

async fn who(request: Request) -> Result<String, Problem> {
    let principal = request.extract::<Principal, _>().await?;
    Ok(format!("{} by {}", principal.subject(), principal.scheme()))
}

async fn verify(token: BearerToken) -> Result<Principal, Refusal> {
    match token.as_str() {
        "reader" => Ok(Principal::new("ada").with_scopes(["read"])),
        "writer" => Ok(Principal::new("bob").with_scopes(["read", "write"])),
        _ => Err(Refusal::wrong("The token is not known.")),
    }
}

fn basic(credentials: &str) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

#[test]
fn several_schemes_stand_one_inside_another() {
    let hash = bcrypt::hash("pw", 4).unwrap();
    let users = Users::new().with_user("eve", &hash).unwrap();
    let keys = ApiKeys::new().with_key(KEY, Principal::new("robot")).unwrap();
    let app = AuthLayer::new(ApiKeyAuth::new(keys)).layer(app_fn(who));
    let app = AuthLayer::new(BasicAuth::new(users)).with_optional(true).layer(app);
    let app = AuthLayer::new(BearerAuth::new(verify)).with_optional(true).layer(app);
    served(app, async |address| {
        for (fields, status, body) in [
            (&[("x-api-key", KEY)][..], 200, "robot by ApiKey"),
            (&[("authorization", &*basic("eve:pw"))], 200, "eve by Basic"),
            (&[("authorization", "Bearer reader"), ("x-api-key", "nonsense")], 200, "ada by Bearer"),
            (&[("authorization", &*basic("eve:no"))], 401, ""),
            (&[("authorization", "Bearer no"), ("x-api-key", KEY)], 401, ""),
            (&[("authorization", "Bearer reader"), ("authorization", &*basic("eve:pw"))], 400, ""),
        ] {
            let answer = ask(address, "/", fields).await;
            assert_eq!(answer.status, status, "{fields:?}");
            assert!(status != 200 || answer.body == body, "{answer:?}");
        }
        let nobody = ask(address, "/", &[("accept", "text/plain")]).await;
        assert_eq!(nobody.status, 401);
        let told = nobody.all("www-authenticate");
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(
            told[0].starts_with("Bearer ") && told[1].starts_with("Basic ") && told[2].starts_with("ApiKey ")
        );
        assert_eq!(nobody.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(nobody.header("cache-control"), Some("no-store"));
    });
}

#[test]
fn scopes_are_required_and_missing_ones_told() {
    let app = AuthLayer::new(BearerAuth::new(verify)).layer(require("write").layer(app_fn(who)));
    served(app, async |address| {
        assert_eq!(ask(address, "/", &[("authorization", "Bearer writer")]).await.body, "bob by Bearer");
        let refused = ask(address, "/", &[("authorization", "Bearer reader")]).await;
        assert_eq!(refused.status, 403);
        let challenge = "Bearer error=\"insufficient_scope\", scope=\"write\"";
        assert_eq!(refused.header("www-authenticate"), Some(challenge));
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    });
}

#[test]
fn public_paths_are_open_and_their_neighbours_are_not() {
    let public = Paths::try_new(["/public"]).unwrap();
    let open = app_fn(async |_: Request| "open");
    let app = AuthLayer::new(BearerAuth::new(verify)).with_public(public).layer(open);
    served(app, async |address| {
        assert_eq!(ask(address, "/public/a", &[]).await.status, 200);
        for target in ["/publicx", "/", "/%70ublic"] {
            assert_eq!(ask(address, target, &[]).await.status, 401, "{target}");
        }
    });
}

#[test]
fn a_flood_of_logins_is_bounded_and_others_are_served_meanwhile() {
    // About 60 ms a password in a build for tests.
    let hash = bcrypt::hash("pw", 6).unwrap();
    let users = Users::new().with_user("eve", &hash).unwrap();
    let auth = BasicAuth::new(users).with_limits(1, 4);
    let public = Paths::try_new(["/public"]).unwrap();
    let app = AuthLayer::new(auth).with_public(public).layer(app_fn(async |_: Request| "hello"));
    served(app, async |address| {
        let flood: Vec<_> = (0..30)
            .map(|_| {
                tokio::spawn(async move { ask(address, "/", &[("authorization", &basic("eve:no"))]).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert_eq!(ask(address, "/public", &[]).await.status, 200);
        let mut statuses = Vec::new();
        for task in flood {
            let answer = task.await.unwrap();
            assert!(answer.status != 503 || answer.header("retry-after") == Some("1"));
            statuses.push(answer.status);
        }
        let count = |status: u16| statuses.iter().filter(|found| **found == status).count();
        assert_eq!(count(401) + count(503), 30, "{statuses:?}");
        assert!(count(503) >= 10 && count(401) >= 5, "{statuses:?}");
        assert_eq!(ask(address, "/", &[("authorization", &basic("eve:pw"))]).await.status, 200);
    });
}

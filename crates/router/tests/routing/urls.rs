//! Reverse URLs and the table of routes.

use hyperserve_router::{Router, get, post};

use super::{get_text, says, url_of_item};

#[test]
fn urls_are_made_by_name() {
    let inner = Router::new().route("/{id:u32}", get(says("item")).name("item"));
    let app = Router::new().nest("/items", inner).route("/", get(url_of_item)).build();
    assert_eq!(get_text(&app, "/"), "/items/7");
    assert_eq!(app.url_for("item", [("id", "7")]).unwrap(), "/items/7");
    for (name, id, told) in
        [("items", "7", "no route called `items`"), ("item", "x", "`x` does not fit `id`")]
    {
        let error = app.url_for(name, [("id", id)]).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn the_table_lists_what_was_registered() {
    let line = line!();
    let router = Router::new()
        .route("/a", get(says("1")).post(says("2")).name("a"))
        .host("h.example", Router::new().route("/b", post(says("3"))));
    let told = |route: &hyperserve_router::RouteInfo| {
        let method = route.method.as_ref().unwrap();
        let (host, name) = (route.host.as_deref().unwrap_or("-"), route.name.as_deref().unwrap_or("-"));
        format!("{method} {host} {} {name}", route.pattern)
    };
    let before: Vec<_> = router.routes().iter().map(told).collect();
    assert_eq!(before, ["GET - /a a", "POST - /a a", "POST h.example /b -"]);
    let service = router.build();
    let after: Vec<_> = service.routes().cloned().collect();
    assert_eq!(after.iter().map(told).collect::<Vec<_>>(), before);
    assert_eq!(after[0].site.line(), line + 2);
    assert!(after[0].handler.contains("says"));
}

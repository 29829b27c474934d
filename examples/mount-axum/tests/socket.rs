//! Both see what they should: axum paths without the prefix, and HyperServe inside axum without both.

#[path = "../../running.rs"]
mod running;

use running::Running;

#[test]
fn each_answers_for_its_own() {
    let example = Running::start(env!("CARGO_BIN_EXE_example-mount-axum"), &[]);
    let text = |path: &str| {
        let answer = example.send(&[&format!("GET {path}")], "");
        (answer.status, answer.text().to_owned())
    };
    assert_eq!(text("/"), (200, "HyperServe\n".to_owned()));
    assert_eq!(text("/shop/items/7?x"), (200, "item 7, which axum was asked for as /items/7?x\n".to_owned()));
    assert_eq!(text("/shop/inner/now"), (200, "HyperServe inside axum\n".to_owned()));
    assert_eq!(text("/shop"), (404, "the shop has no such page\n".to_owned()));
    assert_eq!(text("/shop/items/x").0, 400, "axum's own answer");
    assert_eq!(text("/shopping").0, 404, "HyperServe's own");
}

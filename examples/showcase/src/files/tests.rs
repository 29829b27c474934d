use hyperserve::testing::{TestClient, TestResponse};
use serde_json::{Value, json};

use crate::client;
use crate::upload::tests::{FORM, form};

/// Uploads it, and gives the name under which it is kept.
async fn upload(client: &TestClient, name: &str, content: &[u8]) -> String {
    let upload = client.post("/api/upload").header("content-type", FORM).body(form(name, content));
    let receipt: Value = upload.send().await.json().await;
    receipt["files"][0]["kept"].as_str().unwrap().to_owned()
}

async fn get(client: &TestClient, path: &str, fields: &[(&'static str, &str)]) -> TestResponse {
    let request =
        fields.iter().fold(client.get(path), |request, (name, value)| request.header(*name, *value));
    request.send().await
}

/// The names in the directory's own list.
async fn listed(client: &TestClient) -> Vec<String> {
    let list: Value = get(client, "/files/", &[("accept", "application/json")]).await.json().await;
    list["entries"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_upload_is_there_under_a_name_of_ours() {
    let client = client();
    assert_eq!(listed(&client).await, ["clip.webm"]);
    assert_eq!(upload(&client, "../<b>.PNG", b"pixels").await, "0001.png");
    assert_eq!(upload(&client, "a.js", &[7; 300_000]).await, "0002.bin");
    assert_eq!(listed(&client).await, ["0001.png", "0002.bin", "clip.webm"]);
    let names: Value = get(&client, "/api/files", &[]).await.json().await;
    assert_eq!(
        names,
        json!([
            {"name": "0001.png", "called": "../<b>.PNG", "bytes": 6},
            {"name": "0002.bin", "called": "a.js", "bytes": 300_000},
        ])
    );
    let file = get(&client, "/files/0001.png", &[]).await;
    assert_eq!(file.header("content-type"), Some("image/png"));
    assert_eq!(file.text().await, "pixels");
    let script = get(&client, "/files/0002.bin", &[]).await;
    assert_eq!(script.header("content-type"), Some("application/octet-stream"));
}

#[tokio::test]
async fn pages_of_strangers_are_saved() {
    let client = client();
    for name in ["a.html", "a.svg"] {
        let kept = upload(&client, name, b"<script>alert(1)</script>").await;
        let file = get(&client, &format!("/files/{kept}"), &[]).await;
        assert!(file.header("content-disposition").unwrap().starts_with("attachment"), "{name}");
    }
}

#[tokio::test]
async fn the_oldest_goes_and_the_clip_stays() {
    let client = client();
    for n in 1..=17 {
        upload(&client, &format!("{n}.txt"), b"text").await;
    }
    let listed = listed(&client).await;
    assert_eq!(listed.len(), 17);
    assert_eq!((listed[0].as_str(), listed[16].as_str()), ("0002.txt", "clip.webm"));
    assert_eq!(get(&client, "/files/0001.txt", &[]).await.status(), 404);
    let names: Value = get(&client, "/api/files", &[]).await.json().await;
    assert_eq!(names.as_array().unwrap().len(), 16);
}

#[tokio::test]
async fn what_was_asked_for_is_told_to_who_asked() {
    let client = client();
    let size = include_bytes!("clip.webm").len();
    for (query, range) in [("page=a", "bytes=0-"), ("page=a", "bytes=500000-500099"), ("page=b", "bytes=-1")]
    {
        let part = get(&client, &format!("/files/clip.webm?{query}"), &[("range", range)]).await;
        assert_eq!((part.status().as_u16(), part.header("content-type")), (206, Some("video/webm")));
    }
    let far = get(&client, "/files/clip.webm?page=a", &[("range", "bytes=9000000-")]).await;
    assert_eq!(far.status(), 416);
    get(&client, "/files/clip.webm?page=a", &[]).await;
    get(&client, &format!("/files/clip.webm?page={}", "a".repeat(200)), &[("range", "bytes=0-")]).await;
    let asked: Value = get(&client, "/api/ranges?page=a", &[]).await.json().await;
    assert_eq!(
        asked,
        json!([
            {"range": "bytes=0-", "status": 206, "content_range": format!("bytes 0-{}/{size}", size - 1)},
            {"range": "bytes=500000-500099", "status": 206, "content_range": format!("bytes 500000-500099/{size}")},
            {"range": "bytes=9000000-", "status": 416, "content_range": format!("bytes */{size}")},
        ])
    );
    let nothing: Value = get(&client, "/api/ranges", &[]).await.json().await;
    assert_eq!(nothing, json!([]));
}

#[tokio::test]
async fn only_so_many_requests_are_remembered() {
    let client = client();
    for _ in 0..70 {
        get(&client, "/files/clip.webm", &[("range", "bytes=0-9")]).await;
    }
    let asked: Value = get(&client, "/api/ranges", &[]).await.json().await;
    assert_eq!(asked.as_array().unwrap().len(), 64);
}

#[tokio::test]
async fn the_page_may_play_what_is_here_and_nothing_else() {
    let page = get(&client(), "/", &[]).await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("media-src 'self';"), "{policy}");
}

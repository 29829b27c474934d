use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::client;

pub(crate) const FORM: &str = "multipart/form-data; boundary=edge";

pub(crate) fn form(name: &str, content: &[u8]) -> Vec<u8> {
    let head =
        format!("--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    [head.as_bytes(), content, b"\r\n--edge--\r\n"].concat()
}

#[tokio::test]
async fn bytes_are_counted_and_hashed() {
    let upload = client()
        .post("/api/upload")
        .header("content-type", FORM)
        .body(form("../abc.txt", b"abc"))
        .send()
        .await;
    assert_eq!(upload.status(), 200);
    let receipt: Value = upload.json().await;
    let file = &receipt["files"][0];
    assert_eq!((&file["name"], &file["bytes"]), (&"../abc.txt".into(), &3.into()));
    assert_eq!((&file["in_memory"], &file["kept"]), (&true.into(), &"0001.txt".into()));
    // FIPS 180-4, the first example
    assert_eq!(file["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[tokio::test]
async fn more_than_other_routes_take_is_taken_here() {
    let large = vec![7; 5 << 20];
    let receipt: Value = client()
        .post("/api/upload")
        .header("content-type", FORM)
        .body(form("large", &large))
        .send()
        .await
        .json()
        .await;
    assert_eq!(receipt["files"][0]["bytes"], large.len());
    assert_eq!(receipt["files"][0]["in_memory"], false);
    let hash: String = Sha256::digest(&large).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(receipt["files"][0]["sha256"], hash);
}

#[tokio::test]
async fn what_is_no_upload_is_refused() {
    let client = client();
    let send = |kind: &'static str, body: Vec<u8>| {
        client.post("/api/upload").header("content-type", kind).body(body).send()
    };
    assert_eq!(send("application/octet-stream", b"abc".to_vec()).await.status(), 415);
    assert_eq!(send("multipart/form-data", form("a", b"abc")).await.status(), 400, "no boundary");
    let cut = form("a", b"abc");
    assert_eq!(send(FORM, cut[..cut.len() - 8].to_vec()).await.status(), 400, "no end");
    assert_eq!(send(FORM, form("a", &vec![0; super::LIMIT])).await.status(), 413);
    let kept: Value = client.get("/api/files").send().await.json().await;
    assert_eq!(kept, serde_json::json!([]), "of what is refused nothing stays");
}

//! Forms with files: `/multipart` of `spec/app.md`.

use std::collections::BTreeMap;

use hyperserve_core::Response;
use hyperserve_router::{Field, Multipart, Rejection, Router, post};
use serde_json::{Value, json};

use super::{messages, reply};

pub(super) fn router() -> Router {
    Router::new()
        .route("/parts", post(collected))
        .route("/avatar", post(async |form: Multipart| collected(form.with_field_limit("avatar", 16)).await))
        .route("/stream", post(streamed))
        .route("/text", post(texts))
        .route("/first", post(first))
}

async fn collected(mut form: Multipart) -> Result<Response, Rejection> {
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await? {
        let part = describe(&field);
        parts.push(part(field.bytes().await?.len()));
    }
    Ok(reply(parts))
}

async fn streamed(mut form: Multipart) -> Result<Response, Rejection> {
    let mut parts = Vec::new();
    while let Some(mut field) = form.next_field().await? {
        let part = describe(&field);
        let mut length = 0;
        while let Some(chunk) = field.chunk().await? {
            length += chunk.len();
        }
        parts.push(part(length));
    }
    Ok(reply(parts))
}

/// What is known of a part before its content is.
fn describe(field: &Field<'_>) -> impl FnOnce(usize) -> Value + use<> {
    let (name, file_name) = (field.name().to_owned(), field.file_name().map(str::to_owned));
    let content_type = field.content_type().map(str::to_owned);
    move |length| json!({ "name": name, "file_name": file_name, "content_type": content_type, "length": length })
}

async fn texts(mut form: Multipart) -> Result<Response, Rejection> {
    let mut texts = BTreeMap::new();
    while let Some(field) = form.next_field().await? {
        let name = field.name().to_owned();
        texts.insert(name, field.text().await?);
    }
    Ok(reply(json!(texts)))
}

async fn first(mut form: Multipart) -> Result<Response, Rejection> {
    let name = form.next_field().await?.map(|field| field.name().to_owned());
    Ok(messages::text(name.unwrap_or_default()))
}

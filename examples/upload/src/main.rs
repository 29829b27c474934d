//! Uploads of up to 1 GiB, spooled to disk. Try: `cargo run -p example-upload`, then open http://127.0.0.1:8080/ and
//! watch the progress, or `curl -F file=@film.mkv http://127.0.0.1:8080/`. The environment names the folder: `FOLDER`.

use hyperserve::prelude::*;
use serde::Serialize;
use std::{env, path::PathBuf};
use uuid::Uuid;

#[derive(Serialize)]
struct Saved {
    name: Option<String>,
    bytes: u64,
}

async fn receive(State(folder): State<PathBuf>, form: Multipart) -> Result<Json<Vec<Saved>>, Problem> {
    let mut saved = Vec::new();
    // Nothing stays of a form that does not arrive whole.
    for file in form.with_spool_dir(&folder).spool_all().await? {
        // The client's name is shown, and never made a path.
        saved.push(Saved { name: file.file_name().map(Into::into), bytes: file.length() });
        file.persist(folder.join(Uuid::new_v4().to_string())).await?;
    }
    Ok(Json(saved))
}

fn main() -> std::process::ExitCode {
    let folder = env::var_os("FOLDER").map_or_else(env::temp_dir, PathBuf::from);
    let page = get(async || Html(include_str!("upload.html"))).post(receive).body_limit(1 << 30);
    App::with_state(folder).route("/", page).run_cli()
}

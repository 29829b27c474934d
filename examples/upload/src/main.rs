//! Uploads of up to 1 GiB, streamed to disk. Try: `cargo run -p example-upload`, then open http://127.0.0.1:8080/ and
//! watch the progress, or `curl -F file=@film.mkv http://127.0.0.1:8080/`. The environment names the folder: `FOLDER`.

use hyperserve::prelude::*;
use serde::Serialize;
use std::{env, path::PathBuf};
use tokio::{fs, io::AsyncWriteExt};

#[derive(Serialize)]
struct Saved {
    name: Option<String>,
    bytes: usize,
}

async fn receive(State(folder): State<PathBuf>, mut form: Multipart) -> Result<Json<Vec<Saved>>, Problem> {
    let disk = |error: std::io::Error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(error);
    let mut saved = Vec::new();
    while let Some(mut field) = form.next_field().await? {
        // The client's name is shown, and never made a path. A file that does not arrive whole is removed.
        let (file, path) = tempfile::NamedTempFile::new_in(&folder).map_err(disk)?.into_parts();
        let (mut file, mut bytes) = (fs::File::from_std(file), 0);
        while let Some(chunk) = field.chunk().await? {
            file.write_all(&chunk).await.map_err(disk)?;
            bytes += chunk.len();
        }
        file.flush().await.map_err(disk)?;
        path.keep().map_err(|kept| disk(kept.error))?;
        saved.push(Saved { name: field.file_name().map(Into::into), bytes });
    }
    Ok(Json(saved))
}

fn main() -> std::process::ExitCode {
    let folder = env::var_os("FOLDER").map_or_else(env::temp_dir, PathBuf::from);
    let page = get(async || Html(include_str!("upload.html"))).post(receive).body_limit(1 << 30);
    App::with_state(folder).route("/", page).run_cli()
}

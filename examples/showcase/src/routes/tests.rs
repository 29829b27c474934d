use serde_json::Value;

use crate::{PARTS, client};

#[tokio::test]
async fn every_row_leads_to_the_line_that_registered_it() {
    let rows: Value = client().get("/api/routes").send().await.json().await;
    let rows = rows.as_array().unwrap();
    let create = rows.iter().find(|row| row["handler"] == "todos::create").unwrap();
    assert_eq!((&create["method"], &create["pattern"]), (&"POST".into(), &"/api/todos".into()));
    for row in rows {
        let is_mount = row["handler"] == "files::ranges::Noted";
        let file = row["file"].as_str().unwrap_or_else(|| panic!("{row} has no place"));
        let source = PARTS.iter().flat_map(|part| part.sources).find(|source| source.path == file);
        let text = source.unwrap_or_else(|| panic!("{file} is not shown")).text;
        let line = text.lines().nth(row["line"].as_u64().unwrap() as usize - 1).unwrap();
        let handler = row["handler"].as_str().unwrap().rsplit("::").next().unwrap();
        let registered = if is_mount { ".mount(".to_owned() } else { format!("({handler})") };
        assert!(line.contains(&registered), "{row}: {line}");
    }
}

//! The items as rows: every statement, and what can go wrong with them.

use std::{env, fmt, io};

use hyperserve::core::BoxError;
use hyperserve::prelude::*;
use hyperserve::router::UrlError;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use super::Title;
use crate::database::{Closed, Database};

/// The most items that are kept.
pub(super) const ROOM: u32 = 500;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS todo (
        id      INTEGER PRIMARY KEY AUTOINCREMENT,
        title   TEXT    NOT NULL,
        folded  TEXT    NOT NULL, -- the title in lower case, which SQLite alone knows for ASCII only
        done    INTEGER NOT NULL DEFAULT 0,
        created INTEGER NOT NULL DEFAULT (unixepoch())
    ) STRICT;";

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Todo {
    pub(super) id: i64,
    title: String,
    done: bool,
    /// Seconds since 1970.
    created: i64,
}

/// What a search found, newest first, and how many items there are.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    items: Vec<Todo>,
    total: u32,
    room: u32,
}

/// The list of items.
#[derive(Clone, Debug)]
pub(crate) struct Todos {
    database: Database,
}

impl Todos {
    /// In the file that `SHOWCASE_DB` names; without it in memory, with three items to begin with.
    pub(crate) fn open() -> Result<Self, Fault> {
        match env::var_os("SHOWCASE_DB") {
            Some(path) => Self::with(Connection::open(path)?, &[]),
            None => Self::in_memory(),
        }
    }

    pub(crate) fn in_memory() -> Result<Self, Fault> {
        Self::with(Connection::open_in_memory()?, &super::FIRST)
    }

    fn with(connection: Connection, titles: &[&str]) -> Result<Self, Fault> {
        connection.execute_batch(SCHEMA)?;
        titles.iter().try_for_each(|title| insert(&connection, title).map(drop))?;
        Ok(Self { database: Database::new(connection)? })
    }

    pub(super) async fn add(&self, title: Title) -> Result<Todo, Fault> {
        self.database.run(move |connection| insert(connection, title.as_str())).await?
    }

    /// Items whose title contains `text`, in whatever case; if `done` is given, only those in that state.
    pub(super) async fn find(&self, text: String, done: Option<bool>) -> Result<Found, Fault> {
        self.database.run(move |connection| select(connection, &text.to_lowercase(), done)).await?
    }

    pub(super) async fn change(
        &self,
        id: i64,
        title: Option<Title>,
        done: Option<bool>,
    ) -> Result<Todo, Fault> {
        self.database
            .run(move |connection| update(connection, id, title.as_ref().map(Title::as_str), done))
            .await?
    }

    pub(super) async fn remove(&self, id: i64) -> Result<(), Fault> {
        let sql = "DELETE FROM todo WHERE id = ?1";
        match self.database.run(move |connection| connection.execute(sql, [id])).await?? {
            0 => Err(Fault::Missing(id)),
            _ => Ok(()),
        }
    }
}

/// Counting and adding is one statement, so that two requests at once cannot pass the bound together.
fn insert(connection: &Connection, title: &str) -> Result<Todo, Fault> {
    let sql = "INSERT INTO todo (title, folded) SELECT ?1, ?2 WHERE (SELECT count(*) FROM todo) < ?3
               RETURNING id, title, done, created";
    let values = params![title, title.to_lowercase(), ROOM];
    connection.query_row(sql, values, read).optional()?.ok_or(Fault::Full)
}

/// `instr` knows no wildcards, so there are none to escape.
fn select(connection: &Connection, folded: &str, done: Option<bool>) -> Result<Found, Fault> {
    let sql = "SELECT id, title, done, created FROM todo
               WHERE instr(folded, ?1) > 0 AND (?2 IS NULL OR done = ?2) ORDER BY id DESC";
    let mut select = connection.prepare(sql)?;
    let items = select.query_map(params![folded, done], read)?.collect::<Result<_, _>>()?;
    let total = connection.query_row("SELECT count(*) FROM todo", [], |row| row.get(0))?;
    Ok(Found { items, total, room: ROOM })
}

fn update(connection: &Connection, id: i64, title: Option<&str>, done: Option<bool>) -> Result<Todo, Fault> {
    let sql = "UPDATE todo SET title = coalesce(?2, title), folded = coalesce(?3, folded), done = coalesce(?4, done)
               WHERE id = ?1 RETURNING id, title, done, created";
    let values = params![id, title, title.map(str::to_lowercase), done];
    connection.query_row(sql, values, read).optional()?.ok_or(Fault::Missing(id))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Todo> {
    Ok(Todo { id: row.get(0)?, title: row.get(1)?, done: row.get(2)?, created: row.get(3)? })
}

/// Why there is no answer, and what the client hears of it.
#[derive(Debug)]
pub(crate) enum Fault {
    Missing(i64),
    Full,
    /// Logged, and not told.
    Internal(BoxError),
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Missing(_) => Problem::new(StatusCode::NOT_FOUND).with_detail(self.to_string()),
            Self::Full => Problem::new(StatusCode::CONFLICT).with_detail(self.to_string()),
            Self::Internal(cause) => Problem::new(StatusCode::INTERNAL_SERVER_ERROR).with_cause(cause),
        };
        problem.into_response()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(id) => write!(f, "There is no item {id}."),
            Self::Full => write!(f, "The list is full at {ROOM} items; delete one first."),
            Self::Internal(cause) => cause.fmt(f),
        }
    }
}

macro_rules! internal {
    ($($error:ty),+) => {$(
        impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self::Internal(error.into())
            }
        }
    )+};
}

internal!(rusqlite::Error, Closed, io::Error, UrlError);

#[cfg(test)]
mod tests {
    use super::*;

    fn table(titles: &[&str]) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(SCHEMA).unwrap();
        titles.iter().for_each(|title| drop(insert(&connection, title).unwrap()));
        connection
    }

    fn titles(connection: &Connection, text: &str, done: Option<bool>) -> Vec<String> {
        let found = select(connection, &text.to_lowercase(), done).unwrap();
        found.items.into_iter().map(|todo| todo.title).collect()
    }

    #[test]
    fn a_search_takes_every_sign_as_itself_and_any_case() {
        let table = table(&["100 % done", "100 of 200", "Größe_ÄNDERN", "it's \"quoted\"; DROP TABLE todo"]);
        assert_eq!(titles(&table, "%", None), ["100 % done"]);
        assert_eq!(titles(&table, "_", None), ["Größe_ÄNDERN"]);
        assert_eq!(titles(&table, "GRÖSSE", None), [""; 0], "ß is not SS");
        assert_eq!(titles(&table, "GRÖßE_ä", None), ["Größe_ÄNDERN"]);
        assert_eq!(titles(&table, "'s \"Q", None), ["it's \"quoted\"; DROP TABLE todo"]);
        assert_eq!(titles(&table, "", None).len(), 4);
        assert_eq!(titles(&table, "nowhere", None).len(), 0);
    }

    #[test]
    fn the_newest_comes_first_and_the_state_selects() {
        let table = table(&["one", "two"]);
        assert_eq!(titles(&table, "", None), ["two", "one"]);
        let changed = update(&table, 1, None, Some(true)).unwrap();
        assert_eq!((changed.done, changed.title.as_str()), (true, "one"));
        assert_eq!(titles(&table, "", Some(true)), ["one"]);
        assert_eq!(titles(&table, "", Some(false)), ["two"]);
    }

    #[test]
    fn a_new_title_is_found_by_its_new_letters() {
        let table = table(&["old"]);
        assert!(!update(&table, 1, Some("New"), None).unwrap().done);
        assert_eq!((titles(&table, "new", None).len(), titles(&table, "old", None).len()), (1, 0));
    }

    #[test]
    fn the_list_has_a_bound() {
        let table = table(&["x"; ROOM as usize]);
        assert!(matches!(insert(&table, "one more"), Err(Fault::Full)));
        table.execute("DELETE FROM todo WHERE id = 7", []).unwrap();
        assert_eq!(insert(&table, "one more").unwrap().id, i64::from(ROOM) + 1, "an id is never used twice");
    }

    #[tokio::test]
    async fn a_file_keeps_its_items() {
        let folder = tempfile::tempdir().unwrap();
        for (run, total) in [("first", 1), ("second", 2)] {
            let todos = Todos::with(Connection::open(folder.path().join("todos")).unwrap(), &[]).unwrap();
            todos.add(Title::try_from(run.to_owned()).unwrap()).await.unwrap();
            assert_eq!(todos.find(String::new(), None).await.unwrap().total, total, "{run}");
        }
    }

    #[tokio::test]
    async fn what_is_not_there_is_told() {
        let todos = Todos::with(table(&[]), &["a"]).unwrap();
        todos.remove(1).await.unwrap();
        assert!(matches!(todos.remove(1).await, Err(Fault::Missing(1))));
        assert!(matches!(todos.change(1, None, Some(true)).await, Err(Fault::Missing(1))));
    }
}

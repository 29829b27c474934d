//! A session's content as a record of a store.

use time::OffsetDateTime;
use tower_sessions_core::session::{Id, Record};

use super::content::Content;

const DATA: &str = "data";
const CREATED: &str = "created";
const SAVED: &str = "saved";

/// The times stand beside the data, so that no name of the data can be one of theirs.
pub(super) fn to_record(id: Id, content: Content, ends: u64) -> Record {
    let expiry_date =
        i64::try_from(ends).ok().and_then(|ends| OffsetDateTime::from_unix_timestamp(ends).ok());
    let Content { data, created, saved } = content;
    let data = [(DATA, data.into()), (CREATED, created.into()), (SAVED, saved.into())];
    Record {
        id,
        data: data.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        expiry_date: expiry_date.unwrap_or(OffsetDateTime::UNIX_EPOCH),
    }
}

/// `None` for a record that something else wrote.
pub(super) fn from_record(mut record: Record) -> Option<Content> {
    let created = record.data.get(CREATED)?.as_u64()?;
    let saved = record.data.get(SAVED)?.as_u64()?;
    match record.data.remove(DATA)? {
        serde_json::Value::Object(data) => Some(Content { data, created, saved }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_are_written() {
        let mut content = Content { created: 5, saved: 6, ..Content::new() };
        content.data.insert(CREATED.to_owned(), "a name of the user's".into());
        let record = to_record(Id(7), content.clone(), 1000);
        assert_eq!((record.id, record.expiry_date.unix_timestamp()), (Id(7), 1000));
        assert_eq!(from_record(record.clone()), Some(content));
        let mut foreign = record;
        foreign.data.remove(SAVED);
        assert_eq!(from_record(foreign), None);
    }
}

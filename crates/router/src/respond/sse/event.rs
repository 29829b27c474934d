//! [`Event`]: one message of an event stream in its wire form (WHATWG HTML §9.2.5), written once.

use std::time::Duration;

use bytes::Bytes;

use super::lines::Lines;

/// One event, built field by field and already in the form in which it is sent.
///
/// A browser dispatches an event that has data, as `message` unless it is named; one without data only sets the id
/// and the reconnection time. Fields set twice are sent twice: of ids, names and times the last counts, data adds
/// lines. An event without any field is not sent.
///
/// ```
/// use hyperserve_router::Event;
///
/// let event = Event::new().id("7").event("moved").data("line one\nline two");
/// assert_eq!(event.into_bytes(), "id: 7\nevent: moved\ndata: line one\ndata: line two\n\n");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Event {
    text: Vec<u8>,
}

impl Event {
    /// An event without fields.
    pub const fn new() -> Self {
        Self { text: Vec::new() }
    }

    /// Adds data: each line (they end at CR, LF or CRLF) is sent in a `data` field of its own, and the client joins
    /// them with LF. Empty data is data.
    pub fn data(self, text: impl AsRef<str>) -> Self {
        self.lines("data", text.as_ref())
    }

    /// Adds data: `value` as JSON.
    ///
    /// ```
    /// use hyperserve_router::Event;
    ///
    /// let event = Event::new().json_data(&["a", "b"])?;
    /// assert_eq!(event.into_bytes(), "data: [\"a\",\"b\"]\n\n");
    /// # Ok::<(), hyperserve_core::BoxError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When `value` cannot be written as JSON, such as a map whose keys are not text.
    #[cfg(feature = "json")]
    pub fn json_data<T: serde::Serialize + ?Sized>(
        mut self,
        value: &T,
    ) -> Result<Self, hyperserve_core::BoxError> {
        serde_json::to_writer(Lines::of(&mut self.text, "data"), value)?;
        Ok(self.ended())
    }

    /// Names the event; an `EventSource` dispatches it to the listeners of that name.
    ///
    /// A name that holds CR or LF has no wire form: it is logged and left out.
    pub fn event(self, name: impl AsRef<str>) -> Self {
        self.single("event", name.as_ref(), &['\r', '\n'])
    }

    /// Sets the id that the client sends back as `Last-Event-ID` when it reconnects; empty text resets it.
    ///
    /// An id that holds CR or LF has no wire form, and clients ignore one that holds NUL (WHATWG HTML §9.2.6): such an
    /// id is logged and left out.
    pub fn id(self, id: impl AsRef<str>) -> Self {
        self.single("id", id.as_ref(), &['\r', '\n', '\0'])
    }

    /// Sets how long the client waits before it reconnects, in whole milliseconds on the wire.
    pub fn retry(self, wait: Duration) -> Self {
        self.single("retry", &wait.as_millis().to_string(), &[])
    }

    /// Adds a comment, which clients pass over; each line is sent as a comment of its own.
    pub fn comment(self, text: impl AsRef<str>) -> Self {
        self.lines("", text.as_ref())
    }

    /// The event as it is sent, the empty line at its end included; no bytes if it has no field.
    #[must_use]
    pub fn into_bytes(mut self) -> Bytes {
        if !self.text.is_empty() {
            self.text.push(b'\n');
        }
        Bytes::from(self.text)
    }

    fn single(self, field: &'static str, value: &str, refused: &[char]) -> Self {
        if value.contains(refused) {
            tracing::warn!(field, value = ?value, "field of an event left out: it holds CR, LF or NUL");
            return self;
        }
        self.lines(field, value)
    }

    fn lines(mut self, field: &'static str, value: &str) -> Self {
        // Room for the name, the value, its line end, and the empty line.
        self.text.reserve(field.len() + value.len() + 4);
        Lines::of(&mut self.text, field).write(value.as_bytes());
        self.ended()
    }

    fn ended(mut self) -> Self {
        self.text.push(b'\n');
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(event: Event) -> String {
        String::from_utf8(event.into_bytes().to_vec()).unwrap()
    }

    #[test]
    fn data_is_split_at_every_kind_of_line_end() {
        for (text, sent) in [
            ("", "data: \n\n"),
            ("a", "data: a\n\n"),
            (" a", "data:  a\n\n"),
            ("a\nb", "data: a\ndata: b\n\n"),
            ("a\rb", "data: a\ndata: b\n\n"),
            ("a\r\nb", "data: a\ndata: b\n\n"),
            ("a\n\rb", "data: a\ndata: \ndata: b\n\n"),
            ("a\n", "data: a\ndata: \n\n"),
            ("a\r", "data: a\ndata: \n\n"),
            ("\r\n", "data: \ndata: \n\n"),
            ("\n\n", "data: \ndata: \ndata: \n\n"),
            ("x\n\nevent: evil", "data: x\ndata: \ndata: event: evil\n\n"),
            ("é\u{2028}\u{85}", "data: é\u{2028}\u{85}\n\n"),
        ] {
            assert_eq!(wire(Event::new().data(text)), sent, "{text:?}");
        }
    }

    #[test]
    fn fields_keep_their_order_and_data_adds_up() {
        let event = Event::new().data("a").id("1").data("b").retry(Duration::from_millis(2_500)).event("e");
        assert_eq!(wire(event), "data: a\nid: 1\ndata: b\nretry: 2500\nevent: e\n\n");
        assert_eq!(wire(Event::new().id("")), "id: \n\n");
        assert_eq!(wire(Event::new().retry(Duration::from_micros(1_999))), "retry: 1\n\n");
        assert_eq!(wire(Event::new()), "");
    }

    #[test]
    fn comments_of_several_lines_stay_comments() {
        assert_eq!(wire(Event::new().comment("a\r\ndata: b")), ": a\n: data: b\n\n");
        assert_eq!(wire(Event::new().comment("")), ": \n\n");
    }

    #[test]
    fn names_and_ids_cannot_break_out_of_their_line() {
        for value in ["a\nb", "a\rb", "\r\n", "a\n\ndata: x"] {
            assert_eq!(wire(Event::new().data("x").event(value)), "data: x\n\n", "{value:?}");
            assert_eq!(wire(Event::new().data("x").id(value)), "data: x\n\n", "{value:?}");
        }
        assert_eq!(wire(Event::new().data("x").id("a\0b")), "data: x\n\n");
        assert_eq!(wire(Event::new().event("a\0b")), "event: a\0b\n\n");
    }

    #[cfg(feature = "json")]
    #[test]
    fn json_keeps_to_its_line_and_says_what_it_cannot_write() {
        assert_eq!(wire(Event::new().json_data("a\nb").unwrap()), "data: \"a\\nb\"\n\n");
        let keyed = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert!(Event::new().json_data(&keyed).is_err());
    }
}

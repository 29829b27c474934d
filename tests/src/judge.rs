//! Holds one answer against what its case asks of it.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::{Answer, Fault, Framing, Part, Response, SetCookie, coding, escape, parts};

/// How much of an unexpected content a report shows.
const SHOWN: usize = 300;

/// # Errors
/// The first difference between `got` and `wanted`, in a sentence.
pub(crate) fn answer(wanted: &Answer, got: &Response) -> Result<(), Fault> {
    if got.status != wanted.status {
        return Err(Fault::new(format!("status {} instead of {}", got.status, wanted.status)));
    }
    fields(wanted, got)?;
    lists(wanted, got)?;
    content(wanted, got)?;
    wanted.parts.as_ref().map_or(Ok(()), |wish| ranges(wish, got))?;
    texts(wanted, got)?;
    json(wanted, got)?;
    if wanted.problem { problem(got) } else { Ok(()) }
}

/// Every value of these fields is another; there have to be two at least.
pub(crate) fn distinct(names: &[String], answers: &[Response]) -> Result<(), Fault> {
    for name in names {
        let values: Vec<_> = answers.iter().filter_map(|answer| answer.field(name)).collect();
        let different: BTreeSet<_> = values.iter().collect();
        if values.len() < 2 || different.len() < values.len() {
            return Err(Fault::new(format!("the values of field {name} are not distinct: {values:?}")));
        }
    }
    Ok(())
}

fn fields(wanted: &Answer, got: &Response) -> Result<(), Fault> {
    for (name, value) in &wanted.fields {
        let there = got.field(name);
        if there.as_ref() != Some(value) {
            return Err(Fault::new(format!("field {name} is {there:?} instead of {value:?}")));
        }
    }
    for (name, pattern) in &wanted.like {
        let there = got.field(name);
        if !there.as_ref().is_some_and(|value| pattern.matches(value)) {
            return Err(Fault::new(format!("field {name} is {there:?}, which is not like `{pattern}`")));
        }
    }
    for (name, values) in &wanted.lines {
        let there: Vec<_> = got.lines(name).collect();
        if there != *values {
            return Err(Fault::new(format!("lines of field {name} are {there:?} instead of {values:?}")));
        }
    }
    if let Some(name) = wanted.present.iter().find(|name| got.field(name).is_none()) {
        return Err(Fault::new(format!("field {name} is missing")));
    }
    if let Some(name) = wanted.absent.iter().find(|name| got.field(name).is_some()) {
        return Err(Fault::new(format!("field {name} is there and must not be")));
    }
    Ok(())
}

/// Fields whose order says nothing: lists of names, and the attributes of cookies.
fn lists(wanted: &Answer, got: &Response) -> Result<(), Fault> {
    for (name, members) in &wanted.members {
        let there = got.field(name).unwrap_or_default();
        same(&format!("members of field {name}"), &split(&there, ','), members)?;
    }
    for (name, parameters) in &wanted.parameters {
        let there = got.field(name).unwrap_or_default();
        same(&format!("parameters of field {name}"), &split(&there, ';'), parameters)?;
    }
    wanted.cookies.iter().try_for_each(|(name, wish)| cookie(name, wish, got))
}

fn cookie(name: &str, wish: &SetCookie, got: &Response) -> Result<(), Fault> {
    let line = got.lines("set-cookie").find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let line = match line {
        Some(_) if wish.absent => return Err(Fault::new(format!("cookie {name} is set"))),
        None if wish.absent => return Ok(()),
        line => line.ok_or_else(|| Fault::new(format!("cookie {name} is not set")))?,
    };
    let (value, rest) = line.split_once(';').unwrap_or((line, ""));
    let (value, attributes) = (percent_decode_str(value).decode_utf8_lossy(), split(rest, ';'));
    if wish.value.as_ref().is_some_and(|wish| *wish != value) {
        return Err(Fault::new(format!("cookie {name} is `{value}` instead of {:?}", wish.value)));
    }
    if let Some(wish) = &wish.attributes {
        same(&format!("attributes of cookie {name}"), &attributes, wish)?;
    }
    let has = |start: &str| attributes.iter().any(|attribute| attribute.starts_with(start));
    if wish.expired && !(value.is_empty() && has("Max-Age=0") && has("Expires=")) {
        return Err(Fault::new(format!("cookie {name} is not removed: `{line}`")));
    }
    Ok(())
}

fn split(list: &str, separator: char) -> Vec<String> {
    list.split(separator).map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

fn same(what: &str, there: &[String], wanted: &[String]) -> Result<(), Fault> {
    let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
    if there.len() == wanted.len() && set(there) == set(wanted) {
        return Ok(());
    }
    Err(Fault::new(format!("{what} are {there:?} instead of {wanted:?}")))
}

fn texts(wanted: &Answer, got: &Response) -> Result<(), Fault> {
    let holds = |text: &[u8]| text.is_empty() || got.body.windows(text.len()).any(|window| window == text);
    let told = |text: &[u8], what: &str| {
        let (is, text) = (escape::show(&got.body, SHOWN), escape::show(text, SHOWN));
        Err(Fault::new(format!("content `{is}` {what} `{text}`")))
    };
    if let Some(text) = wanted.contains.iter().find(|text| !holds(&text.0)) {
        return told(&text.0, "does not hold");
    }
    match wanted.lacks.iter().find(|text| holds(&text.0)) {
        Some(text) => told(&text.0, "must not hold"),
        None => Ok(()),
    }
}

fn content(wanted: &Answer, got: &Response) -> Result<(), Fault> {
    if let Some(body) = wanted.body.as_ref().filter(|body| body.0 != got.body) {
        let (is, want) = (escape::show(&got.body, SHOWN), escape::show(&body.0, SHOWN));
        return Err(Fault::new(format!("content is `{is}` instead of `{want}`")));
    }
    if let Some(plain) = &wanted.decoded {
        let there = coding::undone(got)?;
        if there != plain.0 {
            let (is, want) = (escape::show(&there, SHOWN), escape::show(&plain.0, SHOWN));
            return Err(Fault::new(format!("decoded content is `{is}` instead of `{want}`")));
        }
    }
    if let Some(length) = wanted.length.filter(|length| *length != got.body.len()) {
        return Err(Fault::new(format!("content of {} bytes instead of {length}", got.body.len())));
    }
    let chunked = got.framing == Framing::Chunked;
    if wanted.chunked.is_some_and(|wish| wish != chunked) {
        return Err(Fault::new(format!("framing is {:?}", got.framing)));
    }
    let trailers: BTreeMap<_, _> = got.trailers.iter().cloned().collect();
    match &wanted.trailers {
        Some(wish) if *wish != trailers => {
            Err(Fault::new(format!("trailers {trailers:?} instead of {wish:?}")))
        }
        _ => Ok(()),
    }
}

fn ranges(wanted: &[Part], got: &Response) -> Result<(), Fault> {
    let there = parts::parts(got)?;
    if there == wanted {
        return Ok(());
    }
    let name =
        |part: &Part| format!("{} {} `{}`", part.range, part.media_type, escape::show(&part.body.0, 60));
    let names = |parts: &[Part]| parts.iter().map(name).collect::<Vec<_>>().join("; ");
    Err(Fault::new(format!("parts are {} instead of {}", names(&there), names(wanted))))
}

fn json(wanted: &Answer, got: &Response) -> Result<(), Fault> {
    let lists = wanted.json_present.is_empty() && wanted.json_absent.is_empty();
    if lists && wanted.json.is_empty() && wanted.json_like.is_empty() {
        return Ok(());
    }
    let value = parse(got)?;
    for (pointer, pattern) in &wanted.json_like {
        let there = value.pointer(pointer).map(text);
        if !there.as_ref().is_some_and(|text| pattern.matches(text)) {
            return Err(Fault::new(format!(
                "{pointer} of the content is {there:?}, which is not like `{pattern}`"
            )));
        }
    }
    for (pointer, wish) in &wanted.json {
        let there = value.pointer(pointer).map(text);
        if there.as_ref() != Some(wish) {
            return Err(Fault::new(format!("{pointer} of the content is {there:?} instead of {wish:?}")));
        }
    }
    let empty = |pointer: &&String| value.pointer(pointer).map(text).is_none_or(|text| text.is_empty());
    if let Some(pointer) = wanted.json_present.iter().find(empty) {
        return Err(Fault::new(format!("{pointer} of the content is missing or empty: {value}")));
    }
    match wanted.json_absent.iter().find(|pointer| value.pointer(pointer).is_some()) {
        Some(pointer) => Err(Fault::new(format!("{pointer} of the content is there and must not be"))),
        None => Ok(()),
    }
}

/// RFC 9457: the media type, `status` equal to the status line's, a `title`, and a `type` that may be left out.
fn problem(got: &Response) -> Result<(), Fault> {
    let media = got.field("content-type");
    if media.as_deref() != Some("application/problem+json") {
        return Err(Fault::new(format!("content-type {media:?} instead of application/problem+json")));
    }
    let value = parse(got)?;
    if value.get("status").and_then(Value::as_u64) != Some(u64::from(got.status)) {
        return Err(Fault::new(format!("the problem's status is not {}: {value}", got.status)));
    }
    if value.get("title").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(Fault::new(format!("the problem has no title: {value}")));
    }
    Ok(())
}

fn parse(got: &Response) -> Result<Value, Fault> {
    serde_json::from_slice(&got.body)
        .map_err(|error| Fault::new(format!("no JSON ({error}): `{}`", escape::show(&got.body, SHOWN))))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn got(status: u16, body: &str) -> Response {
        Response {
            minor: 1,
            status,
            fields: vec![
                ("content-type".into(), "application/problem+json".into()),
                ("x".into(), "1".into()),
                ("set-cookie".into(), "s=1; HttpOnly; Path=/".into()),
            ],
            framing: Framing::Length(0),
            body: body.as_bytes().to_vec(),
            trailers: Vec::new(),
            taken: 0,
        }
    }

    #[test]
    fn a_problem_must_speak_of_its_own_status() {
        let wanted = Answer { status: 400, problem: true, ..Answer::default() };
        assert!(answer(&wanted, &got(400, r#"{"title":"Bad Request","status":400}"#)).is_ok());
        for body in [
            r#"{"title":"Bad Request","status":500}"#,
            r#"{"title":"","status":400}"#,
            r#"{"status":400}"#,
            "x",
        ] {
            assert!(answer(&wanted, &got(400, body)).is_err(), "{body}");
        }
    }

    #[test]
    fn every_wish_can_fail() {
        let wishes = [
            "status = 201",
            "status = 200\nfields = { x = '2' }",
            "status = 200\nlike = { x = '{digits}0' }",
            "status = 200\nlike = { y = '{any}' }",
            "status = 200\njson_like = { '/a' = 'a{any}' }",
            "status = 200\ndecoded = '{}'",
            "status = 200\nlines = { x = ['1', '2'] }",
            "status = 200\npresent = ['y']",
            "status = 200\nabsent = ['x']",
            "status = 200\nbody = '{}'",
            "status = 200\nlength = 3",
            "status = 200\nparts = []",
            "status = 200\nchunked = true",
            "status = 200\ntrailers = { a = 'b' }",
            "status = 200\njson = { '/a' = '2' }",
            "status = 200\njson_absent = ['/a']",
            "status = 200\njson_present = ['/b']",
            "status = 200\njson_present = ['/e']",
            "status = 200\nmembers = { x = ['1', '2'] }",
            "status = 200\nmembers = { x = [] }",
            "status = 200\nparameters = { x = ['1', '2'] }",
            "status = 200\ncookies = { a = {} }",
            "status = 200\ncookies = { s = { value = '2' } }",
            "status = 200\ncookies = { s = { attributes = ['Path=/'] } }",
            "status = 200\ncookies = { s = { expired = true } }",
            "status = 200\ncookies = { s = { absent = true } }",
            "status = 200\ncontains = ['2']",
            "status = 200\nlacks = ['1']",
        ];
        for wish in wishes {
            let wanted: Answer = toml::from_str(wish).unwrap();
            assert!(answer(&wanted, &got(200, r#"{"a":1,"e":""}"#)).is_err(), "{wish}");
        }
    }

    #[test]
    fn a_value_that_comes_twice_is_not_distinct() {
        let names = ["x".to_owned()];
        let (first, mut second) = (got(200, ""), got(200, ""));
        assert!(distinct(&names, &[first.clone(), second.clone()]).is_err());
        assert!(distinct(&names, std::slice::from_ref(&first)).is_err());
        second.fields[1].1 = "2".into();
        assert!(distinct(&names, &[first, second]).is_ok());
    }

    #[test]
    fn the_order_of_a_list_says_nothing() {
        let wanted: Answer = toml::from_str(
            "status = 200\ncookies = { s = { value = '1', attributes = ['Path=/', 'HttpOnly'] } }",
        )
        .unwrap();
        assert!(answer(&wanted, &got(200, "")).is_ok());
    }
}

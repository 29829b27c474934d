//! Files of environment variables, as `docker run --env-file` and dotenv have them.
//!
//! A line is `NAME=value`, with `export` before it or not. Values may stand in quotes: between single ones every character
//! is itself, between double ones `\n`, `\t`, `\r`, `\"`, `\\` and `\$` are escapes. Outside of single quotes `${NAME}` and
//! `${NAME:-default}` stand for a variable. A `#` after a space begins a comment.

use std::collections::HashMap;
use std::fs;

use pyo3::prelude::*;

/// Sets the variables of a file that are not set already, for Python and for this process. The sentence says what is wrong.
pub(super) fn load(py: Python<'_>, path: &str) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let variables = read(&text).map_err(|(line, wrong)| format!("{path}:{line}: {wrong}"))?;
    set(py, variables).map_err(|error| error.to_string())
}

/// Through `os.environ`, which tells the C library as well: setting a variable is not safe from here.
fn set(py: Python<'_>, variables: Vec<(String, String)>) -> PyResult<()> {
    let environ = py.import("os")?.getattr("environ")?;
    for (name, value) in variables {
        environ.call_method1("setdefault", (name, value))?;
    }
    Ok(())
}

type Wrong = (usize, &'static str);

fn read(text: &str) -> Result<Vec<(String, String)>, Wrong> {
    let mut variables = Vec::new();
    let mut known = HashMap::new();
    let (mut rest, mut line) = (text, 1);
    while !rest.is_empty() {
        let (variable, after) = statement(rest, &known).map_err(|wrong| (line, wrong))?;
        line += rest[..rest.len() - after.len()].matches('\n').count();
        rest = after;
        if let Some((name, value)) = variable {
            known.insert(name.clone(), value.clone());
            variables.push((name, value));
        }
    }
    Ok(variables)
}

type Known = HashMap<String, String>;

/// One line, or more where a value in quotes holds line breaks, and what follows.
fn statement<'a>(text: &'a str, known: &Known) -> Result<(Option<(String, String)>, &'a str), &'static str> {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let start = line.trim_start();
    if start.trim_end().is_empty() || start.starts_with('#') {
        return Ok((None, after));
    }
    let start = start.strip_prefix("export ").unwrap_or(start).trim_start();
    let (name, _) = start.split_once('=').ok_or("expected NAME=value")?;
    let name = name.trim_end();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("the name of a variable has letters, digits and `_`");
    }
    let at = text.find('=').map_or(text.len(), |at| at + 1);
    let value = text[at..].trim_start_matches([' ', '\t']);
    let (value, after) = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(&value[1..], quote, known)?,
        _ => plain(value, known),
    };
    Ok((Some((name.to_owned(), value)), after))
}

/// Up to the end of the line, or a comment.
fn plain<'a>(text: &'a str, known: &Known) -> (String, &'a str) {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let value = line.find(" #").map_or(line, |comment| &line[..comment]);
    let value = if value.starts_with('#') { "" } else { value };
    (expanded(value.trim_end(), known), after)
}

/// Up to the other quote, after which there is nothing but a comment.
fn quoted<'a>(text: &'a str, quote: char, known: &Known) -> Result<(String, &'a str), &'static str> {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let mut characters = rest.chars();
        let first = characters.next().ok_or("the quote is not closed")?;
        match first {
            _ if first == quote => return Ok((value, end_of_line(characters.as_str())?)),
            '\\' if quote == '"' => value.push(escaped(characters.next())),
            '$' if quote == '"' && rest.starts_with("${") && rest.contains('}') => {
                let (reference, after) = rest.split_once('}').unwrap_or((rest, ""));
                value.push_str(&expanded(&format!("{reference}}}"), known));
                characters = after.chars();
            }
            _ => value.push(first),
        }
        rest = characters.as_str();
    }
}

fn escaped(next: Option<char>) -> char {
    match next {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some(other) => other,
        None => '\\',
    }
}

fn end_of_line(text: &str) -> Result<&str, &'static str> {
    let (line, after) = text.split_once('\n').unwrap_or((text, ""));
    let rest = line.trim();
    if rest.is_empty() || rest.starts_with('#') {
        Ok(after)
    } else {
        Err("something follows the closing quote")
    }
}

/// With `${NAME}` and `${NAME:-default}` replaced: by the environment, then by what the file has set above.
fn expanded(text: &str, known: &Known) -> String {
    let Some((before, rest)) = text.split_once("${") else { return text.to_owned() };
    let Some((inner, after)) = rest.split_once('}') else { return text.to_owned() };
    let (name, default) = inner.split_once(":-").unwrap_or((inner, ""));
    let set = std::env::var(name).ok().or_else(|| known.get(name).cloned());
    let value = set.filter(|value| !value.is_empty()).unwrap_or_else(|| default.to_owned());
    format!("{before}{value}{}", expanded(after, known))
}

//! The list as a page: one file, no script, light and dark.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Item, Listing};

/// All but what stands for itself in a segment of a path (RFC 3986 §2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.25rem;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8884}\
td:first-child{overflow-wrap:anywhere}\
th{font-weight:600}\
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
@media(max-width:36rem){.m{display:none}}";

pub(super) fn html(listing: &Listing, path: &str) -> String {
    let title = escaped(&percent_decode_str(path).decode_utf8_lossy());
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<h1>{title}</h1>\n<table>\n<thead><tr><th>Name</th><th class=\"n\">Size</th><th class=\"n m\">Modified</th></tr></thead>\n<tbody>\n"
    );
    if !listing.is_top {
        page.push_str("<tr><td><a href=\"../\">../</a></td><td></td><td class=\"m\"></td></tr>\n");
    }
    listing.items.iter().for_each(|item| row(&mut page, item));
    page.push_str("</tbody>\n</table>\n");
    if listing.truncated {
        page.push_str("<p>There is more here than is listed.</p>\n");
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn row(page: &mut String, item: &Item) {
    let slash = if item.size.is_none() { "/" } else { "" };
    let (link, name) = (utf8_percent_encode(&item.name, SEGMENT), escaped(&item.name));
    let size = item.size.map(size).unwrap_or_default();
    let modified = item.modified.map(httpdate::fmt_http_date).unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "<tr><td><a href=\"./{link}{slash}\">{name}{slash}</a></td><td class=\"n\">{size}</td><td class=\"n m\">{modified}</td></tr>"
    );
}

/// For people: three digits and a unit.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let unit = (bytes.ilog2() / 10).min(6);
    let whole = bytes >> (10 * unit);
    let tenth = ((bytes >> (10 * unit - 10)) & 1023) * 10 / 1024;
    let unit = UNITS[unit as usize - 1];
    if whole < 100 { format!("{whole}.{tenth} {unit}") } else { format!("{whole} {unit}") }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Some turn the writing round, others end lines.
            control if control.is_control() || ('\u{202a}'..='\u{202e}').contains(&control) => {
                escaped.push('\u{fffd}')
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_for_people() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (102_400, "100 KiB"),
            (1_048_575, "1023 KiB"),
            (5 << 30, "5.0 GiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn names_are_escaped_where_they_stand() {
        let item = Item { name: "<b>&\"'?#%:.txt".into(), size: Some(1), modified: None };
        let listing = Listing { items: vec![item], truncated: true, is_top: false };
        let page = html(&listing, "/a/%3Cscript%3E/");
        assert!(
            page.contains(
                "href=\"./%3Cb%3E%26%22%27%3F%23%25%3A.txt\">&lt;b&gt;&amp;&quot;&#39;?#%:.txt</a>"
            ),
            "{page}"
        );
        assert!(
            page.contains("<h1>/a/&lt;script&gt;/</h1>")
                && page.contains("../")
                && page.contains("more here")
        );
    }
}

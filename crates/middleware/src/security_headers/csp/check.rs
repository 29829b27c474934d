//! What a browser would ignore, or take for something else.

use hyperserve_core::nearest;

use super::super::SecurityHeadersError;
use super::{DIRECTIVES, NONCE, NONE};

/// Keywords of source lists (CSP 3 §2.3.1), without their quotes.
const KEYWORDS: [&str; 13] = [
    "self",
    "none",
    "nonce",
    "unsafe-inline",
    "unsafe-eval",
    "unsafe-hashes",
    "strict-dynamic",
    "wasm-unsafe-eval",
    "report-sample",
    "inline-speculation-rules",
    "trusted-types-eval",
    "report-sha256",
    "unsafe-allow-redirects",
];

pub(super) fn directive(name: &str, values: &[String]) -> Result<(), SecurityHeadersError> {
    if !DIRECTIVES.contains(&name) {
        let hint = nearest(name, DIRECTIVES.iter().copied()).unwrap_or_default();
        let sentence = format!("CSP has no directive {name:?}: the nearest is `{hint}`");
        return Err(SecurityHeadersError::new(sentence));
    }
    let wrong = |why: String| Err(SecurityHeadersError::new(format!("CSP {name}: {why}")));
    let takes_none = name == "upgrade-insecure-requests";
    match (values.is_empty(), takes_none) {
        (true, false) if name != "sandbox" => return wrong(format!("say what is allowed, or {NONE}")),
        (false, true) => return wrong("takes no values".to_owned()),
        _ => {}
    }
    if values.len() > 1 && values.iter().any(|value| value == NONE) {
        return wrong(format!("{NONE} stands alone"));
    }
    values.iter().try_for_each(|value| what_is_wrong(name, value).map_or(Ok(()), wrong))
}

fn what_is_wrong(name: &str, value: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b";,".contains(&byte);
    if value.is_empty() || !value.bytes().all(is_plain) {
        return Some(format!(
            "{value:?} is not one value: no spaces, commas, semicolons, letters outside ASCII"
        ));
    }
    if value == NONCE
        && !name.starts_with("script-src")
        && !name.starts_with("style-src")
        && name != "default-src"
    {
        return Some("a nonce has a meaning for scripts and styles alone".to_owned());
    }
    if is_source_list(name) { wrong_source(value) } else { None }
}

/// Not those whose values are names of other things.
fn is_source_list(name: &str) -> bool {
    name.ends_with("-src")
        || name.contains("-src-")
        || matches!(name, "base-uri" | "form-action" | "frame-ancestors")
}

fn wrong_source(value: &str) -> Option<String> {
    if KEYWORDS.contains(&value) {
        return Some(format!("write '{value}' with its quotes; without them it is a host"));
    }
    let quoted = value.strip_prefix('\'')?;
    let Some(word) = quoted.strip_suffix('\'') else {
        return Some(format!("{value} has one quote alone"));
    };
    if word.starts_with("nonce-") {
        return Some(format!("a nonce that stays the same protects from nothing: write {NONCE}"));
    }
    let is_hash = ["sha256-", "sha384-", "sha512-"].iter().any(|kind| word.starts_with(kind));
    let known = is_hash || KEYWORDS.contains(&word);
    (!known).then(|| {
        format!("{value} is not known: the nearest is '{}'", nearest(word, KEYWORDS).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::super::*;

    #[test]
    fn what_browsers_would_not_take_as_meant_is_an_error() {
        for (csp, says) in [
            (Csp::new().with_script_src(["self"]), "write 'self' with its quotes"),
            (Csp::new().with_script_src(["'nonce-abc'"]), "write 'nonce'"),
            (Csp::new().with_script_src(["'unsafe-inlin'"]), "nearest is 'unsafe-inline'"),
            (Csp::new().with_script_src(["'self"]), "one quote"),
            (Csp::new().with_script_src(["'self' data:"]), "not one value"),
            (Csp::new().with_script_src(["a;b"]), "not one value"),
            (Csp::new().with_script_src(["https://é.example"]), "outside ASCII"),
            (Csp::new().with_script_src(["a\r\nx: y"]), "not one value"),
            (Csp::new().with_img_src([NONE, SELF]), "'none' stands alone"),
            (Csp::new().with_img_src([NONCE]), "scripts and styles alone"),
            (Csp::new().with_img_src::<&str>([]), "say what is allowed"),
            (Csp::new().with_upgrade_insecure_requests(["1"]), "takes no values"),
            (Csp::new().with_directive("scriptsrc", [SELF]), "nearest is `script-src`"),
        ] {
            let error = csp.value().unwrap_err().to_string();
            assert!(error.contains(says) && error.starts_with("CSP "), "{error}");
        }
    }

    #[test]
    fn what_they_take_is_sent() {
        let csp = Csp::web()
            .with_script_src([STRICT_DYNAMIC, NONCE, "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"])
            .with_sandbox::<&str>([])
            .with_report_to(["csp"])
            .with_trusted_types(["default", "'allow-duplicates'"])
            .with_require_trusted_types_for(["'script'"])
            .with_upgrade_insecure_requests::<&str>([])
            .without("object-src");
        let text = csp.value().unwrap().unwrap();
        assert!(text.ends_with("require-trusted-types-for 'script'; upgrade-insecure-requests"), "{text}");
        assert!(text.contains("; sandbox; ") && !text.contains("object-src"), "{text}");
        assert_eq!(Csp::new().value().unwrap(), None);
    }

    #[test]
    fn workers_of_blobs() {
        let workers = |csp: Csp| csp.with_web_workers().values("worker-src").unwrap().join(" ");
        assert_eq!(workers(Csp::web()), "'self' blob:");
        assert_eq!(workers(Csp::new().with_worker_src([NONE])), "blob:");
        assert_eq!(workers(Csp::web().with_web_workers().with_web_workers()), "'self' blob:");
    }
}

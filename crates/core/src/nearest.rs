//! [`nearest`]: the known name that a mistyped one is nearest to.

/// The candidate with the fewest letters to insert, remove or replace (Levenshtein), the first of several.
///
/// ```
/// assert_eq!(hyperserve_core::nearest("lisen", ["limits", "listen"]), Some("listen"));
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known.into_iter().min_by_key(|candidate| distance(name, candidate))
}

fn distance(a: &str, b: &str) -> usize {
    let mut costs: Vec<usize> = (0..=b.len()).collect();
    for (row, letter) in a.bytes().enumerate() {
        let mut above_left = costs[0];
        costs[0] = row + 1;
        for (column, other) in b.bytes().enumerate() {
            let replaced = above_left + usize::from(letter != other);
            above_left = costs[column + 1];
            costs[column + 1] = replaced.min(costs[column] + 1).min(above_left + 1);
        }
    }
    costs[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_are_missing_too_many_or_wrong_are_counted() {
        for (a, b, apart) in [("", "", 0), ("", "abc", 3), ("listen", "lisen", 1), ("kitten", "sitting", 3)] {
            assert_eq!((distance(a, b), distance(b, a)), (apart, apart), "{a} {b}");
        }
    }

    #[test]
    fn the_nearest_is_found() {
        assert_eq!(nearest("tls_crt", ["tls_key", "tls_cert", "tls"]), Some("tls_cert"));
        assert_eq!(nearest("x", []), None);
    }
}

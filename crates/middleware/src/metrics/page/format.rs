//! [`MetricsFormat`]: the formats of the page, and which one a scraper would like.

use http::{HeaderMap, header};

use super::translate;

/// A format of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricsFormat {
    /// The text format of Prometheus, version 0.0.4: what every scraper reads.
    Prometheus,
    /// OpenMetrics 1.0: ends with `# EOF`, so that a page that was cut is known as such.
    OpenMetrics,
}

impl MetricsFormat {
    /// The format that `Accept` likes better (RFC 9110 §12.5.1). OpenMetrics only if it is named, without a version or with 1:
    /// who likes both equally gets that, and who accepts neither, or anything, gets the other.
    #[must_use]
    pub fn negotiate(headers: &HeaderMap) -> Self {
        let (mut open, mut text) = (0, 0);
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        for range in values.flat_map(|value| value.split(',')) {
            match named(range) {
                Some((Self::OpenMetrics, weight)) => open = weight.max(open),
                Some((Self::Prometheus, weight)) => text = weight.max(text),
                None => {}
            }
        }
        if open > 0 && open >= text { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// A page in this format, of one in that of Prometheus: for whoever joins the pages of several processes. OpenMetrics has no
    /// comments, and times are left out, which it has in another unit.
    ///
    /// ```
    /// use hyperserve_middleware::metrics::MetricsFormat;
    ///
    /// let joined = "# TYPE jobs_total counter\njobs_total{worker=\"0\"} 3\n";
    /// let page = MetricsFormat::OpenMetrics.translate(joined);
    /// assert_eq!(page, "# TYPE jobs counter\njobs_total{worker=\"0\"} 3\n# EOF\n");
    /// assert_eq!(MetricsFormat::Prometheus.translate(joined), joined);
    /// ```
    #[must_use]
    pub fn translate(self, prometheus: &str) -> String {
        let Self::OpenMetrics = self else { return prometheus.to_owned() };
        let mut page = String::with_capacity(prometheus.len());
        translate::append(&mut page, prometheus, self);
        page.push_str("# EOF\n");
        page
    }

    /// The media type, with its parameters.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The format that a range names, and its weight in thousandths.
fn named(range: &str) -> Option<(MetricsFormat, u16)> {
    let mut parts = range.split(';').map(str::trim_ascii);
    let kind = parts.next()?;
    let (mut weight, mut version) = (1000, None);
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match name.trim_ascii() {
            q if q.eq_ignore_ascii_case("q") => weight = thousandths(value.trim_ascii())?,
            v if v.eq_ignore_ascii_case("version") => version = Some(value.trim_ascii().trim_matches('"')),
            _ => {}
        }
    }
    if kind.eq_ignore_ascii_case("application/openmetrics-text") {
        let speaks = version.is_none_or(|version| version.starts_with("1."));
        return speaks.then_some((MetricsFormat::OpenMetrics, weight));
    }
    kind.eq_ignore_ascii_case("text/plain").then_some((MetricsFormat::Prometheus, weight))
}

/// A weight (RFC 9110 §12.4.2).
fn thousandths(q: &str) -> Option<u16> {
    let weight: f32 = q.parse().ok()?;
    (0.0..=1.0).contains(&weight).then_some((weight * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn asked(accept: &'static str) -> MetricsFormat {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        MetricsFormat::negotiate(&headers)
    }

    #[test]
    fn open_metrics_is_for_those_who_ask_for_it() {
        use MetricsFormat::{OpenMetrics, Prometheus};
        let cases = [
            ("", Prometheus),
            ("*/*", Prometheus),
            ("text/plain", Prometheus),
            ("text/html,application/xhtml+xml,*/*;q=0.8", Prometheus),
            ("application/openmetrics-text", OpenMetrics),
            ("application/openmetrics-text; version=1.0.0; charset=utf-8", OpenMetrics),
            ("application/openmetrics-text;version=0.0.1", Prometheus),
            ("application/openmetrics-text;q=0", Prometheus),
            ("application/openmetrics-text;q=0.2, text/plain;q=0.3", Prometheus),
            ("application/openmetrics-text;q=x", Prometheus),
            // Prometheus 2.42, and 3.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                 text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                OpenMetrics,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                 application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
                 text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                OpenMetrics,
            ),
        ];
        for (accept, format) in cases {
            assert_eq!(asked(accept), format, "{accept}");
        }
        assert_eq!(MetricsFormat::negotiate(&HeaderMap::new()), Prometheus);
    }
}

//! The page that a scraper reads: OpenMetrics 1.0 or the older text format of Prometheus.

mod format;
mod http;
mod translate;
mod writer;

use super::handle::Section;
use super::process;
use super::snapshot::MetricsSnapshot;

pub use self::format::MetricsFormat;
pub(super) use self::writer::{Kind, Writer, escape_label, is_label};

pub(super) fn render(
    snapshot: &MetricsSnapshot,
    sections: &[Section],
    labels: &str,
    process: bool,
    format: MetricsFormat,
) -> String {
    let mut page = Writer::new(format, labels);
    http::write(&mut page, snapshot);
    if process {
        process::write(&mut page);
    }
    let mut text = page.into_text();
    for section in sections {
        append(&mut text, section, format);
    }
    if format == MetricsFormat::OpenMetrics {
        text.push_str("# EOF\n");
    }
    text
}

fn append(text: &mut String, section: &Section, format: MetricsFormat) {
    let mut own = String::new();
    let (speaks, written) = match section {
        Section::Registry(registry) => (
            MetricsFormat::OpenMetrics,
            prometheus_client::encoding::text::encode_registry(&mut own, registry),
        ),
        Section::Text(write) => {
            write(&mut own);
            (MetricsFormat::Prometheus, Ok(()))
        }
    };
    if written.is_err() {
        tracing::error!("a registry of metrics cannot be written: it is left out");
        return;
    }
    if speaks == format {
        text.push_str(&own);
    } else {
        translate::append(text, &own, format);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

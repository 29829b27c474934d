//! [`Sender`]: sends metrics that are messages already.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Uri, header};
use opentelemetry_http::HttpClient as _;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_otlp::tonic_types::metadata::MetadataMap;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use prost::Message as _;
use tonic::transport::{Channel, Endpoint};

use super::config::{OtlpConfig, OtlpError, OtlpProtocol};
use super::exporting::metadata;

#[derive(Clone, Debug)]
pub(super) enum Sender {
    Grpc { client: MetricsServiceClient<Channel>, metadata: MetadataMap, timeout: Duration },
    Http { client: Box<HyperClient>, uri: Uri, headers: HeaderMap },
}

impl Sender {
    /// Called within the runtime.
    pub(super) fn new(config: &OtlpConfig) -> Result<Self, OtlpError> {
        let (base, timeout) = (config.base()?, config.timeout);
        match config.protocol {
            OtlpProtocol::Grpc => {
                let endpoint =
                    Endpoint::from_shared(base).map_err(|error| OtlpError::new(error.to_string()))?;
                let channel = endpoint.connect_timeout(timeout).timeout(timeout).connect_lazy();
                let client = MetricsServiceClient::new(channel);
                Ok(Self::Grpc { client, metadata: metadata(config)?, timeout })
            }
            OtlpProtocol::Http => {
                let uri = Uri::try_from(format!("{base}/v1/metrics"));
                Ok(Self::Http {
                    client: Box::new(HyperClient::with_default_connector(timeout, None)),
                    uri: uri.map_err(|error| OtlpError::new(error.to_string()))?,
                    headers: config.header_map()?,
                })
            }
        }
    }

    pub(super) async fn send(&self, message: ExportMetricsServiceRequest) -> Result<(), OtlpError> {
        match self {
            Self::Grpc { client, metadata, timeout } => {
                let mut request = tonic::Request::new(message);
                *request.metadata_mut() = metadata.clone();
                request.set_timeout(*timeout);
                let sent = client.clone().export(request).await;
                sent.map(drop).map_err(|status| OtlpError::new(status.to_string()))
            }
            Self::Http { client, uri, headers } => {
                let mut request = Request::new(Bytes::from(message.encode_to_vec()));
                *request.method_mut() = http::Method::POST;
                *request.uri_mut() = uri.clone();
                *request.headers_mut() = headers.clone();
                let kind = HeaderValue::from_static("application/x-protobuf");
                request.headers_mut().insert(header::CONTENT_TYPE, kind);
                let response =
                    client.send_bytes(request).await.map_err(|error| OtlpError::new(error.to_string()))?;
                match response.status() {
                    status if status.is_success() => Ok(()),
                    status => Err(OtlpError::new(format!("the collector answered {status}"))),
                }
            }
        }
    }
}

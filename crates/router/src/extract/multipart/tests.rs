//! Forms, well and badly framed, in pieces of every size, up to every limit.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::header;
use hyperserve_core::{
    Body, BodyError, ConnInfo, FromRequest, IntoResponse, MultipartLimits, Problem, Request, RequestContext,
};

use super::{Multipart, Rejection};

/// Gives its blocks one by one, and lets the reader wait before each.
pub(super) struct Blocks<E> {
    blocks: VecDeque<Result<Bytes, E>>,
    waited: bool,
    waits: bool,
    pub(super) given: Arc<AtomicUsize>,
}

impl<E: Unpin> Stream for Blocks<E> {
    type Item = Result<Bytes, E>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.waited = self.waits && !self.waited;
        if self.waited {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.given.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(self.blocks.pop_front())
    }
}

pub(super) fn blocks<E>(blocks: impl IntoIterator<Item = Result<Bytes, E>>, waits: bool) -> Blocks<E> {
    Blocks { blocks: blocks.into_iter().collect(), waited: false, waits, given: Arc::default() }
}

/// The body in blocks of `size` bytes.
pub(super) fn in_blocks(body: &[u8], size: usize, waits: bool) -> Body {
    let cut = body.chunks(size).map(|block| Ok::<_, Infallible>(Bytes::copy_from_slice(block)));
    Body::from_stream(blocks(cut, waits))
}

fn request(content_type: &str, body: Body) -> Request {
    Request::builder().header(header::CONTENT_TYPE, content_type).body(body).unwrap()
}

async fn taken(request: Request) -> Result<Multipart, Rejection> {
    Multipart::from_request(request, &()).await
}

pub(super) async fn form(body: impl Into<Body>) -> Multipart {
    taken(request("multipart/form-data; boundary=b", body.into())).await.unwrap()
}

pub(super) async fn limited(
    body: impl Into<Body>,
    limit: usize,
    limits: MultipartLimits,
) -> Result<Multipart, Rejection> {
    let context = RequestContext::new(Arc::new(ConnInfo::default())).with_body_limit(limit);
    let mut request = request("multipart/form-data; boundary=b", body.into());
    request.extensions_mut().insert(context.with_multipart(limits));
    taken(request).await
}

/// Names and texts of all fields.
async fn read(mut form: Multipart) -> Result<Vec<(String, Bytes)>, Rejection> {
    let mut fields = Vec::new();
    while let Some(field) = form.next_field().await? {
        let name = field.name().to_owned();
        fields.push((name, field.bytes().await?));
    }
    Ok(fields)
}

async fn rejection_of(body: impl Into<Body>) -> Rejection {
    read(form(body).await).await.unwrap_err()
}

pub(super) fn part(name: &str, data: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{data}\r\n")
}

pub(super) fn body_of(parts: &[(&str, &str)]) -> String {
    parts.iter().map(|(name, data)| part(name, data)).collect::<String>() + "--b--\r\n"
}

pub(super) fn problem(rejection: Rejection) -> serde_json::Value {
    let response = rejection.into_response();
    serde_json::from_slice(response.body().as_bytes().unwrap()).unwrap()
}

/// Data that looks like a boundary until its last byte.
const TRICKY: &str = "\r\n--\r\n-b\r--b\n--b\r\n--\r\r\n--c\r\n\r\n--";

#[tokio::test]
async fn blocks_of_any_size_give_the_same_fields() {
    let body = body_of(&[("a", "1"), ("empty", ""), ("tricky", TRICKY), ("z", "é")]);
    for size in (1..40).chain([body.len()]) {
        for waits in [false, true] {
            let fields = read(form(in_blocks(body.as_bytes(), size, waits)).await).await.unwrap();
            let names: Vec<_> = fields.iter().map(|(name, _)| &**name).collect();
            assert_eq!(names, ["a", "empty", "tricky", "z"], "blocks of {size}");
            let data: Vec<_> = fields.iter().map(|(_, data)| &data[..]).collect();
            assert_eq!(data, [b"1", &b""[..], TRICKY.as_bytes(), "é".as_bytes()], "blocks of {size}");
        }
    }
}

#[tokio::test]
async fn a_form_cut_anywhere_is_an_error_and_never_a_shorter_form() {
    let body = body_of(&[("a", "1"), ("tricky", TRICKY)]);
    let whole = body.trim_end().len();
    for cut in 0..whole {
        let rejection = rejection_of(body[..cut].to_owned()).await;
        assert!(rejection.is_malformed(), "cut at {cut}");
        let rejection = rejection_of(in_blocks(&body.as_bytes()[..cut], 1, true)).await;
        assert_eq!(rejection.status(), 400, "cut at {cut}");
    }
    assert_eq!(read(form(body[..whole].to_owned()).await).await.unwrap().len(), 2);
}

#[tokio::test]
async fn preamble_padding_and_epilogue_are_passed_over() {
    let body = format!(
        "preamble\r\n{}--b \t\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n--b--more\r\n--b",
        part("a", "1")
    );
    let fields = read(form(body).await).await.unwrap();
    assert_eq!(fields, [("a".to_owned(), Bytes::from("1")), ("x".to_owned(), Bytes::new())]);
    assert_eq!(read(form("--b--").await).await.unwrap(), []);
}

#[tokio::test]
async fn other_line_ends_are_not_line_ends() {
    let body = body_of(&[("a", "1")]);
    for wrong in [body.replace("\r\n", "\n"), body.replace("\r\n", "\r"), body.replace("--b\r\n", "--b\n")] {
        assert!(rejection_of(wrong.clone()).await.is_malformed(), "{wrong:?}");
    }
    let fields = read(form(body_of(&[("a", "1\n--b\n2\r--b--\r3")])).await).await.unwrap();
    assert_eq!(fields[0].1, "1\n--b\n2\r--b--\r3");
}

#[tokio::test]
async fn broken_parts_are_errors() {
    for head in [
        "",
        "X: y\r\n",
        "Content-Disposition: form-data\r\n",
        "Content-Disposition: attachment; name=a\r\n",
        "Content-Disposition: form-data; name\r\n",
        "Content-Disposition: form-data; name=\"a\r\n",
        "Content-Disposition: form-data; name=a; name=b\r\n",
        "Content-Disposition: form-data; filename=\"; name=a\"\r\n",
        "Content-Disposition form-data; name=a\r\n",
        "Content-Disposition: form-data; name=a\r\nB\0: c\r\n",
        "Content-Disposition: form-data; name=\"a\0\"\r\n",
    ] {
        let rejection = rejection_of(format!("--b\r\n{head}\r\ndata\r\n{}--b--\r\n", part("z", "26"))).await;
        assert!(rejection.is_malformed(), "{head:?}");
    }
    let latin: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"\xe9\"\r\n\r\n\r\n--b--";
    assert!(rejection_of(latin).await.is_malformed());
    assert!(
        rejection_of("--bx\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--").await.is_malformed()
    );
}

#[tokio::test]
async fn names_and_file_names_are_read_as_clients_write_them() {
    let disposition = |rest: &str| {
        format!("--b\r\ncontent-disposition: FORM-DATA; {rest}\r\nContent-Type: text/x\r\n\r\n\r\n--b--\r\n")
    };
    for (rest, name, file_name) in [
        (r#"name="a""#, "a", None),
        (r#"name="a\"b\\c"; filename="d\"e""#, "a\"b\\c", Some("d\"e")),
        (r#"filename="../x; name=evil"; name="real""#, "real", Some("../x; name=evil")),
        (r#"name="a"; filename="""#, "a", Some("")),
        (r#"name="a"; filename="C:\dir\x.txt""#, "a", Some(r"C:\dir\x.txt")),
        (r#"name="a"; filename*=UTF-8''%C3%A9.txt"#, "a", None),
        (r#"name="a"; filename="plain"; filename*=UTF-8''other"#, "a", Some("plain")),
        (r#"name="%22é%0D%0A"; filename="你""#, "%22é%0D%0A", Some("你")),
    ] {
        let mut form = form(disposition(rest)).await;
        let field = form.next_field().await.unwrap().unwrap();
        assert_eq!((field.name(), field.file_name()), (name, file_name), "{rest}");
        assert_eq!((field.content_type(), field.headers().len()), (Some("text/x"), 2));
    }
}

#[tokio::test]
async fn text_is_utf8_whatever_a_charset_says() {
    let body = "--b\r\nContent-Disposition: form-data; name=\"_charset_\"\r\n\r\niso-8859-1\r\n--b\r\n\
                Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\né\r\n--b--";
    let mut good = form(body).await;
    assert_eq!(good.next_field().await.unwrap().unwrap().text().await.unwrap(), "iso-8859-1");
    assert_eq!(good.next_field().await.unwrap().unwrap().text().await.unwrap(), "é");
    let mut bad = form([part("a", "").trim_end().as_bytes(), b"\r\n\r\n\xe9\r\n--b--"].concat()).await;
    let rejection = bad.next_field().await.unwrap().unwrap().text().await.unwrap_err();
    assert!(rejection.is_malformed());
    assert_eq!(problem(rejection)["errors"][0]["loc"], serde_json::json!(["body", "a"]));
}

#[tokio::test]
async fn the_media_type_and_its_boundary_are_needed() {
    for other in
        ["text/plain", "multipart/mixed; boundary=b", "", "boundary=b", "multipart/form-datas; boundary=b"]
    {
        assert!(taken(request(other, Body::empty())).await.unwrap_err().is_media_type(), "{other}");
    }
    let none = Request::new(Body::empty());
    assert!(taken(none).await.unwrap_err().is_media_type());
    let long = format!("multipart/form-data; boundary={}", "b".repeat(71));
    for bad in [
        "multipart/form-data",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"b \"",
        "multipart/form-data; boundary=\"b",
        "multipart/form-data; boundary=é",
        "multipart/form-data; boundary=a; boundary=b",
        &long,
    ] {
        assert!(taken(request(bad, Body::empty())).await.unwrap_err().is_malformed(), "{bad}");
    }
    for good in ["Multipart/Form-Data; charset=utf-8; Boundary=b", "multipart/form-data;boundary=\"b\";"] {
        let form = taken(request(good, body_of(&[("a", "1")]).into())).await.unwrap();
        assert_eq!(read(form).await.unwrap().len(), 1, "{good}");
    }
    let quoted = taken(request("multipart/form-data; boundary=\"a b?\"", "--a b?--".into())).await.unwrap();
    assert_eq!(read(quoted).await.unwrap(), []);
}

#[tokio::test]
async fn the_number_of_parts_is_bounded() {
    let body = |parts: usize| part("a", "1").repeat(parts) + "--b--";
    assert_eq!(read(form(body(128)).await).await.unwrap().len(), 128);
    let rejection = rejection_of(body(129)).await;
    assert!(rejection.is_too_large());
    assert_eq!(problem(rejection)["limit"], 128);

    let limits = MultipartLimits::default().with_parts(10_000);
    let form = limited(body(10_000), usize::MAX, limits).await.unwrap();
    assert_eq!(read(form).await.unwrap().len(), 10_000);
    let form = limited(body(10_001), usize::MAX, limits).await.unwrap();
    assert_eq!(read(form).await.unwrap_err().status(), 413);
}

#[tokio::test]
async fn the_body_is_bounded_declared_or_not() {
    let body = body_of(&[("a", "1"), ("b", &"2".repeat(1000))]);
    let limits = MultipartLimits::default();
    let rejection = limited(body.clone(), body.len() - 1, limits).await.unwrap_err();
    assert!(rejection.is_too_large() && rejection.is_body());
    let mut form = limited(in_blocks(body.as_bytes(), 50, true), body.len() - 100, limits).await.unwrap();
    assert_eq!(form.next_field().await.unwrap().unwrap().bytes().await.unwrap(), "1");
    let mut field = form.next_field().await.unwrap().unwrap();
    let rejection = loop {
        match field.chunk().await {
            Ok(data) => assert!(data.is_some()),
            Err(rejection) => break rejection,
        }
    };
    assert!(rejection.is_too_large() && rejection.status() == 413);
    assert!(field.chunk().await.unwrap().is_none());
    assert!(form.next_field().await.unwrap_err().is_malformed());
    assert!(limited(in_blocks(body.as_bytes(), 50, true), body.len(), limits).await.is_ok());
}

#[tokio::test]
async fn fields_in_memory_are_bounded_and_named() {
    let limits = MultipartLimits::default().with_field(10);
    for (length, fits) in [(10, true), (11, false)] {
        let body = body_of(&[("a", &"1".repeat(length)), ("z", "26")]);
        for size in [1, 7, 1000] {
            let mut form = limited(in_blocks(body.as_bytes(), size, false), 1 << 20, limits).await.unwrap();
            let read = form.next_field().await.unwrap().unwrap().bytes().await;
            assert_eq!(read.is_ok(), fits);
            if let Err(rejection) = read {
                let problem = problem(rejection);
                assert_eq!((&problem["status"], &problem["limit"]), (&413.into(), &10.into()));
                assert_eq!(problem["errors"][0]["loc"], serde_json::json!(["body", "a"]));
            }
            // The form goes on: what was too long is passed over.
            assert_eq!(form.next_field().await.unwrap().unwrap().text().await.unwrap(), "26");
        }
    }
    let body = body_of(&[("a", &"1".repeat(100))]);
    let mut streamed = limited(body, 1 << 20, limits).await.unwrap();
    let mut field = streamed.next_field().await.unwrap().unwrap();
    assert_eq!(field.chunk().await.unwrap().unwrap().len(), 100);
    assert!(field.chunk().await.unwrap().is_none());
}

#[tokio::test]
async fn a_limit_for_a_name_holds_for_streams_and_above_the_default() {
    let body = body_of(&[("a", &"1".repeat(20)), ("b", &"2".repeat(20))]);
    let limits = MultipartLimits::default().with_field(10);
    let form = limited(body, 1 << 20, limits).await.unwrap();
    let mut form = form.with_field_limit("a", 5).with_field_limit("a", 19).with_field_limit("b", 20);
    let mut field = form.next_field().await.unwrap().unwrap();
    let rejection = field.chunk().await.unwrap_err();
    assert_eq!(Problem::from(rejection).detail(), Some("A field of the form is longer than 19 bytes."));
    assert!(field.chunk().await.unwrap().is_none());
    assert_eq!(form.next_field().await.unwrap().unwrap().bytes().await.unwrap().len(), 20);
}

#[tokio::test]
async fn the_head_of_a_part_is_bounded_wherever_it_is_cut() {
    let head = |length: usize| {
        let named = "Content-Disposition: form-data; name=a\r\n";
        let body = format!("--b\r\n{named}X: {}\r\n\r\n1\r\n--b--", "x".repeat(length - named.len() - 5));
        part("z", &"26".repeat(10_000)) + &body
    };
    let limit = super::MOST_HEAD;
    for size in [1, 100, 16_384, 1 << 20] {
        let fields = read(form(in_blocks(head(limit).as_bytes(), size, true)).await).await.unwrap();
        assert_eq!(fields.len(), 2, "blocks of {size}");
        let rejection = rejection_of(in_blocks(head(limit + 1).as_bytes(), size, true)).await;
        assert!(rejection.is_too_large(), "blocks of {size}");
    }
    let many = "X: y\r\n".repeat(40);
    assert!(rejection_of(format!("--b\r\n{many}\r\n\r\n--b--")).await.is_malformed());
}

#[tokio::test]
async fn a_head_or_preamble_without_end_is_given_up_early() {
    for begin in ["", "--b\r\nX: ", "--b"] {
        let filler = std::iter::repeat_n(Ok::<_, Infallible>(Bytes::from_static(&[b' '; 1000])), 1000);
        let source = blocks([Ok(Bytes::from(begin))].into_iter().chain(filler), false);
        let given = Arc::clone(&source.given);
        let rejection = rejection_of(Body::from_stream(source)).await;
        assert!(rejection.is_too_large(), "{begin:?}");
        assert!(given.load(Ordering::Relaxed) < 12, "{begin:?}");
    }
}

/// A loop that looks for fields only must not take what follows a broken part for the rest of a good form.
#[tokio::test]
async fn after_an_error_there_are_no_more_fields() {
    let unnamed = "--b\r\nX: y\r\n\r\n\r\n".to_owned() + &body_of(&[("a", "1")]);
    let mut form = form(unnamed).await;
    assert!(form.next_field().await.unwrap_err().is_malformed());
    for _ in 0..2 {
        let rejection = form.next_field().await.unwrap_err();
        assert_eq!(rejection.to_string(), "The form could not be read to its end.");
    }
}

/// A client may send faster than the handler reads; what it sends must then wait outside.
#[tokio::test]
async fn no_more_is_read_than_is_asked_for() {
    let data = std::iter::repeat_n(Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 1000])), 500);
    let begin = Bytes::from(part("a", "").trim_end().to_owned() + "\r\n\r\n");
    let source = blocks([Ok(begin)].into_iter().chain(data), false);
    let given = Arc::clone(&source.given);
    let mut form = form(Body::from_stream(source)).await;
    assert_eq!(given.load(Ordering::Relaxed), 0);
    let mut field = form.next_field().await.unwrap().unwrap();
    for read in 1..=10 {
        assert_eq!(field.chunk().await.unwrap().unwrap().len(), 1000);
        assert!(given.load(Ordering::Relaxed) <= read + 2);
    }
}

#[tokio::test]
async fn a_client_that_goes_away_is_an_error_of_the_body() {
    let gone = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
    for begin in ["", "--b\r\nContent-", &part("a", "12")] {
        let source = blocks([Ok(Bytes::copy_from_slice(begin.as_bytes())), gone()], true);
        let mut form = form(Body::from_stream(source)).await;
        let rejection = loop {
            match form.next_field().await {
                Ok(field) => drop(field.expect("an error, not the end")),
                Err(rejection) => break rejection,
            }
        };
        assert!(rejection.is_body() && rejection.status() == 400);
        let error = rejection.source().unwrap().downcast_ref::<BodyError>().unwrap();
        assert!(error.is_disconnected());
        assert!(form.next_field().await.is_err(), "the form stays broken");
    }
}

#[tokio::test]
async fn fields_left_unread_or_half_read_are_passed_over() {
    let long = "x".repeat(5000);
    let body = body_of(&[("a", &long), ("b", &long), ("c", "3")]);
    for size in [1, 64, 100_000] {
        let mut form = form(in_blocks(body.as_bytes(), size, true)).await;
        drop(form.next_field().await.unwrap().unwrap());
        let mut half = form.next_field().await.unwrap().unwrap();
        assert_eq!(half.name(), "b");
        assert!(half.chunk().await.unwrap().is_some());
        assert_eq!(form.next_field().await.unwrap().unwrap().text().await.unwrap(), "3");
        assert!(form.next_field().await.unwrap().is_none());
        assert!(form.next_field().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_field_is_a_stream() {
    let mut form = form(in_blocks(body_of(&[("a", "12345")]).as_bytes(), 2, true)).await;
    let mut field = form.next_field().await.unwrap().unwrap();
    let mut all = Vec::new();
    while let Some(data) = std::future::poll_fn(|cx| Pin::new(&mut field).poll_next(cx)).await {
        all.extend_from_slice(&data.unwrap());
    }
    assert_eq!(all, b"12345");
}

#[test]
fn forms_and_fields_may_be_moved_between_threads() {
    fn check<T: Send>() {}
    check::<Multipart>();
    check::<super::Field<'_>>();
}

/// Bytes made by a small generator (xorshift), framed more or less well: nothing may panic or hang.
#[tokio::test]
async fn random_bodies_end_in_fields_or_errors() {
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below).unwrap()
    };
    let words: [&[u8]; 16] = [
        b"--b",
        b"\r\n",
        b"--",
        b"b",
        b"\r",
        b"\n",
        b"Content-Disposition: form-data; name=a",
        b"\r\n\r\n",
        b"\r\n--b\r\n",
        b"; filename=\"",
        b"\"",
        b"\\",
        b"\xff",
        b" ",
        b"x: y",
        b"\r\n--b--",
    ];
    for _ in 0..3000 {
        let body: Vec<u8> = (0..next(24)).flat_map(|_| words[next(16)].iter().copied()).collect();
        let (size, waits) = (1 + next(9), next(2) == 0);
        let in_pieces = read(form(in_blocks(&body, size, waits)).await).await;
        let whole = read(form(body.clone()).await).await;
        match (in_pieces, whole) {
            (Ok(pieces), Ok(whole)) => assert_eq!(pieces, whole, "{:?}", body.escape_ascii().to_string()),
            (Err(pieces), Err(whole)) => assert_eq!(pieces.status(), whole.status()),
            _ => panic!("depends on the blocks: {:?}", body.escape_ascii().to_string()),
        }
    }
}

//! The real transport, against a server on this machine.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use gitops_core::{Source, SourceError};
use gitops_render::helm::repository::{
    ChartRepository, Credentials, HttpTransport, MANIFEST_BYTES_MAX, Request, Transport,
    TransportError,
};

use super::{chart, index};

type Seen = Arc<Mutex<Vec<(String, Vec<String>)>>>;

/// Answers each request with what `answer` gives for its path, until the test ends.
fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut first = String::new();
            if reader.read_line(&mut first).is_err() {
                continue;
            }
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            let lines = reader.lines().map_while(Result::ok);
            let headers = lines.take_while(|line| !line.is_empty()).collect();
            log.lock().unwrap().push((path.clone(), headers));
            // Who was answered enough may be gone.
            drop(stream.write_all(&answer(&path)));
        }
    });
    (url, seen)
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn moved(to: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
    .into_bytes()
}

fn transport() -> Arc<dyn Transport> {
    Arc::new(HttpTransport::new().unwrap())
}

#[tokio::test]
async fn a_chart_comes_over_the_wire() {
    let package = chart("web", "1.0.0");
    let text = index(&[("web", "1.0.0", "web.tgz", &package)]);
    let (store, at_store) = serve(move |_| ok(&package));
    let target = format!("{store}/kept.tgz");
    let (url, seen) = serve(move |path| match path {
        "/index.yaml" => ok(text.as_bytes()),
        _ => moved(&target),
    });
    let repository = ChartRepository::new(&url, transport()).unwrap();
    let me = Arc::new(Credentials::basic("me", "s3cret"));
    let source = repository.with_credentials(me).chart("web", "^1").unwrap();
    let revision = source.resolve().await.unwrap();
    let tree = source.fetch(&revision).await.unwrap();
    assert!(tree.read(&super::path("web/Chart.yaml")).is_ok());
    let shown = |seen: &Seen| {
        let seen = seen.lock().unwrap();
        let shown = |headers: &Vec<String>| {
            headers
                .iter()
                .any(|line| line.eq_ignore_ascii_case("authorization: Basic bWU6czNjcmV0"))
        };
        seen.iter().map(|(path, headers)| (path.clone(), shown(headers))).collect::<Vec<_>>()
    };
    assert_eq!(shown(&seen), [("/index.yaml".to_owned(), true), ("/web.tgz".to_owned(), true)]);
    // Another port is another server.
    assert_eq!(shown(&at_store), [("/kept.tgz".to_owned(), false)]);
}

fn request(url: &str, bytes_max: u64) -> Request {
    Request { url: url.parse().unwrap(), headers: Vec::new(), authorization: None, bytes_max }
}

#[tokio::test]
async fn long_answers_are_cut_off() {
    let (url, _) = serve(|path| match path {
        "/said" => ok(&[b'x'; 100]),
        // Without a length, it ends where the connection does.
        _ => [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".as_slice(), &[b'x'; 100]].concat(),
    });
    for path in ["said", "unsaid"] {
        let url = format!("{url}/{path}");
        let whole = transport().get(&request(&url, 100)).await.unwrap();
        assert_eq!(whole.body.len(), 100, "{path}");
        let cut = transport().get(&request(&url, 99)).await;
        assert!(matches!(cut, Err(TransportError::TooLarge { max: 99 })), "{path}: {cut:?}");
    }
}

#[tokio::test]
async fn limits_are_named_where_they_are_reached() {
    let size = usize::try_from(MANIFEST_BYTES_MAX).unwrap() + 1;
    let (url, _) = serve(move |_| ok(&vec![b' '; size]));
    let registry = ChartRepository::plain_oci(&url.replace("http:", "oci:"), transport()).unwrap();
    match registry.chart("web", "1.0.0").unwrap().resolve().await {
        Err(SourceError::Limit { limit, max, .. }) => {
            assert_eq!((limit, max), ("MANIFEST_BYTES_MAX", MANIFEST_BYTES_MAX));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn no_server_is_an_error_that_may_pass() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a?signature=s3cret", listener.local_addr().unwrap());
    drop(listener);
    let repository = ChartRepository::new(&url, transport()).unwrap();
    let err = repository.chart("web", "").unwrap().resolve().await.unwrap_err();
    assert!(err.is_transient(), "{err}");
    let shown = format!("{} {err:?}", gitops_core::error::chain(&err));
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    // It is connected to, and nobody takes the connection.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let transport = HttpTransport::with_timeout(std::time::Duration::from_millis(20)).unwrap();
    let answer = transport.get(&request(&url, 1)).await;
    assert!(matches!(answer, Err(TransportError::Unavailable(_))), "{answer:?}");
}

//! Servers in memory.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use gitops_render::helm::repository::{Request, Response, Transport, TransportError};

type Handler = Box<dyn Fn(&Request) -> Response + Send + Sync>;

/// Answers requests from a table of URLs, and keeps what was asked.
#[derive(Default)]
pub(crate) struct Site {
    pages: Mutex<BTreeMap<String, Response>>,
    handler: Option<Handler>,
    seen: Mutex<Vec<(String, Option<String>)>>,
    cut: Mutex<bool>,
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Site")
    }
}

impl Site {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Answers what the table does not have by `handler`.
    pub(crate) fn handled(
        handler: impl Fn(&Request) -> Response + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { handler: Some(Box::new(handler)), ..Self::default() })
    }

    pub(crate) fn page(&self, url: &str, response: Response) {
        self.pages.lock().unwrap().insert(url.to_owned(), response);
    }

    pub(crate) fn file(&self, url: &str, body: impl Into<Vec<u8>>) {
        self.page(url, Response::new(200, body.into()));
    }

    pub(crate) fn cut(&self) {
        *self.cut.lock().unwrap() = true;
    }

    /// Returns the URLs that were asked for, and what was shown to them.
    pub(crate) fn seen(&self) -> Vec<(String, Option<String>)> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    /// Returns the URLs that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.seen().into_iter().map(|(url, _)| url).collect()
    }
}

#[async_trait]
impl Transport for Site {
    async fn get(&self, request: &Request) -> Result<Response, TransportError> {
        if *self.cut.lock().unwrap() {
            return Err(TransportError::Unavailable("the cable is cut".into()));
        }
        let url = request.url.to_string();
        self.seen.lock().unwrap().push((url.clone(), request.authorization.clone()));
        let page = self.pages.lock().unwrap().get(&url).cloned();
        let page = page.or_else(|| self.handler.as_ref().map(|handler| handler(request)));
        Ok(page.unwrap_or_else(|| Response::new(404, "")))
    }
}

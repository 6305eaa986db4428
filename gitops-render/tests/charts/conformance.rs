//! Charts of repositories and registries keep the rules of every source.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gitops_core::{
    Digest, Revision, Source, SourceError, Tree,
    conformance::{File, source::Harness},
    tree::{MemoryTree, TreePath},
};
use gitops_render::helm::repository::{ChartRepository, ChartSource, Response};

use super::{Entry, archive, index, oci::publish, site::Site};

const CHART: &str = "sample";

// The rules are about trees of any files, so that the folder and Chart.yaml are taken off again.
#[derive(Debug)]
struct Inside(ChartSource);

#[async_trait]
impl Source for Inside {
    async fn resolve(&self) -> Result<Revision, SourceError> {
        self.0.resolve().await
    }

    async fn fetch(&self, revision: &Revision) -> Result<Tree, SourceError> {
        let tree = self.0.fetch(revision).await?;
        let folder = TreePath::new(CHART).unwrap();
        let mut builder = MemoryTree::builder();
        for entry in tree.walk(&folder, |_| true).unwrap() {
            let name = entry.path.as_str().strip_prefix("sample/").unwrap();
            if name != "Chart.yaml" {
                let content = content(&tree, &entry.path);
                builder = builder.entry(name, entry.kind, content).unwrap();
            }
        }
        Ok(Tree::new(Arc::new(builder.build().unwrap())))
    }
}

// What an entry holds, where a link leads. A handle follows links, a copy of the entry does not.
fn content(tree: &Tree, path: &TreePath) -> bytes::Bytes {
    tree.overlay().into_backend().unwrap().read(path, 1 << 20).unwrap()
}

fn package(files: &[(&str, File<'_>)], version: &str) -> Vec<u8> {
    let metadata = format!("apiVersion: v2\nname: {CHART}\nversion: {version}\n");
    let names: Vec<String> = files.iter().map(|(name, _)| format!("{CHART}/{name}")).collect();
    let mut entries = vec![("sample/Chart.yaml", Entry::File(&metadata))];
    entries.extend(names.iter().zip(files).map(|(name, (_, file))| {
        let entry = match file {
            File::Regular(text) => Entry::File(text),
            File::Executable(text) => Entry::Executable(text),
            File::Link(target) => Entry::Link(target),
        };
        (name.as_str(), entry)
    }));
    archive(&entries)
}

struct Http {
    site: Arc<Site>,
    published: Mutex<Vec<(String, Vec<u8>)>>,
}

#[async_trait]
impl Harness for Http {
    async fn start() -> Self {
        Self { site: Site::new(), published: Mutex::default() }
    }

    async fn publish(&self, files: &[(&str, File<'_>)]) {
        let mut published = self.published.lock().unwrap();
        let version = format!("1.{}.0", published.len());
        let package = package(files, &version);
        self.site.file(&format!("https://charts.test/{CHART}-{version}.tgz"), package.clone());
        published.push((version, package));
        let urls: Vec<String> =
            published.iter().map(|(version, _)| format!("{CHART}-{version}.tgz")).collect();
        let entries: Vec<_> = (published.iter().zip(&urls))
            .map(|((version, package), url)| (CHART, version.as_str(), url.as_str(), &package[..]))
            .collect();
        self.site.file("https://charts.test/index.yaml", index(&entries));
    }

    fn source(&self) -> Arc<dyn Source> {
        let repository = ChartRepository::new("https://charts.test", Arc::clone(&self.site) as _);
        Arc::new(Inside(repository.unwrap().chart(CHART, "^1").unwrap()))
    }

    fn unknown(&self) -> Revision {
        Revision::at("sample:1.0.9", Digest::of("never published").to_string())
    }

    async fn cut(&self) {
        self.site.cut();
    }
}

mod http {
    gitops_core::conformance::source!(super::Http);
}

struct Oci {
    site: Arc<Site>,
    tags: Mutex<Vec<String>>,
}

#[async_trait]
impl Harness for Oci {
    async fn start() -> Self {
        Self { site: Site::new(), tags: Mutex::default() }
    }

    async fn publish(&self, files: &[(&str, File<'_>)]) {
        let mut tags = self.tags.lock().unwrap();
        let version = format!("1.{}.0", tags.len());
        publish(&self.site, "team/sample", &version, &package(files, &version));
        tags.push(version);
        let list = serde_json::json!({ "tags": *tags }).to_string();
        self.site.page("https://registry.test/v2/team/sample/tags/list", Response::new(200, list));
    }

    fn source(&self) -> Arc<dyn Source> {
        let registry =
            ChartRepository::new("oci://registry.test/team", Arc::clone(&self.site) as _);
        Arc::new(Inside(registry.unwrap().chart(CHART, "^1").unwrap()))
    }

    fn unknown(&self) -> Revision {
        Revision::at("sample:1.0.9", Digest::of("never published").to_string())
    }

    async fn cut(&self) {
        self.site.cut();
    }
}

mod oci {
    gitops_core::conformance::source!(super::Oci);
}

//! Delivers a chart from a repository: whenever a new version is published, it is rolled out, with the
//! charts it needs and a patch of one's own. The repository is in memory; `HttpTransport` is the real one.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use gitops_core::policy::{Budget, Prune};
use gitops_core::{Delivery, Digest, Policy, Silent, Tree, TreePath, clock::TokioClock};
use gitops_kube::{FieldManager, KubeCluster, apiserver::ApiServer};
use gitops_render::helm::repository::{
    ChartRepository, MemoryCache, Request, Response, Transport, TransportError,
};
use gitops_render::helm::{Dependencies, Package};
use gitops_render::{HelmRenderer, PostRenderer};
use serde_json::{Map, json};

type Failure = Box<dyn std::error::Error>;

const URL: &str = "https://charts.example.com";

/// A chart repository in memory.
#[derive(Debug, Default)]
struct Shelf(Mutex<BTreeMap<String, Package>>);

impl Shelf {
    fn publish(&self, package: Package) {
        let url = format!("{URL}/{}", package.file_name());
        self.0.lock().expect("nothing panics").insert(url, package);
    }

    fn index(packages: &BTreeMap<String, Package>) -> String {
        let mut entries: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for Package { name, version, data } in packages.values() {
            entries.entry(name).or_default().push(json!({
                "name": name,
                "version": version,
                "urls": [format!("{name}-{version}.tgz")],
                "digest": Digest::of(data).to_hex(),
            }));
        }
        json!({ "apiVersion": "v1", "entries": entries }).to_string()
    }
}

#[async_trait]
impl Transport for Shelf {
    async fn get(&self, request: &Request) -> Result<Response, TransportError> {
        let packages = self.0.lock().expect("nothing panics");
        if request.url.path() == "/index.yaml" {
            return Ok(Response::new(200, Self::index(&packages)));
        }
        let package = packages.get(request.url.as_str());
        Ok(package.map_or_else(|| Response::new(404, ""), |it| Response::new(200, it.data.clone())))
    }
}

/// Packs the chart `shop`, which needs the chart `db`.
async fn shop(shelf: &Arc<Shelf>, version: &str, replicas: u32) -> Result<Package, Failure> {
    let tree = Tree::from_files([
        (
            "shop/Chart.yaml",
            format!(
                "apiVersion: v2\nname: shop\nversion: {version}\n\
                 dependencies:\n- {{name: db, version: ^1, repository: {URL:?}}}\n"
            ),
        ),
        (
            "shop/templates/settings.yaml",
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {{{{ .Release.Name }}}}}}\n\
                 data: {{replicas: \"{replicas}\"}}\n"
            ),
        ),
    ])?;
    let path = TreePath::new("shop")?;
    let tree = Dependencies::new(Arc::clone(shelf) as _).vendor(&tree, &path).await?;
    Ok(Package::of(&tree, &path)?)
}

fn db() -> Result<Package, Failure> {
    let tree = Tree::from_files([
        ("db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
        (
            "db/templates/a.yaml",
            "apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {ports: [{port: 5432}]}\n",
        ),
    ])?;
    Ok(Package::of(&tree, &TreePath::new("db")?)?)
}

async fn deliver() -> Result<String, Failure> {
    let shelf = Arc::new(Shelf::default());
    shelf.publish(db()?);
    shelf.publish(shop(&shelf, "1.0.0", 1).await?);

    let repository = ChartRepository::new(URL, Arc::clone(&shelf) as _)?;
    let repository = repository.with_cache(Arc::new(MemoryCache::default()));
    let chart = HelmRenderer::new(TreePath::new("shop")?, "blue", "default");
    let patch = Map::from_iter([("commonAnnotations".to_owned(), json!({ "team": "blue" }))]);

    let cluster =
        KubeCluster::new(ApiServer::new().client("default"), FieldManager::new("charts")?);
    let inventory = cluster.inventory("default", "shop");
    let delivery = Delivery {
        source: &repository.chart("shop", "^1")?,
        renderer: &PostRenderer::with(chart, patch),
        differ: &cluster.differ(),
        applier: &cluster.applier(),
        inventory: &inventory,
        clock: &TokioClock::system(),
        observer: &Silent,
        owner: inventory.owner().clone(),
        policy: Policy::new(Prune::Delete(Budget::usual())),
    };
    let mut told = String::new();
    for next in [Some(("1.1.0", 3)), None] {
        let plan = delivery.plan().await?;
        let report = delivery.execute(&plan).await?;
        writeln!(told, "{plan}{report}")?;
        if let Some((version, replicas)) = next {
            shelf.publish(shop(&shelf, version, replicas).await?);
        }
    }
    Ok(told)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    std::io::Write::write_all(&mut std::io::stdout(), deliver().await?.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn new_versions_are_rolled_out() {
        let told = super::deliver().await.unwrap();
        assert!(
            told.contains("shop:1.0.0@sha256:") && told.contains("shop:1.1.0@sha256:"),
            "{told}"
        );
        assert!(told.contains("2 created") && told.contains("1 updated"), "{told}");
        assert!(told.contains("data.replicas"), "{told}");
    }
}

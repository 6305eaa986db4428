//! The smallest program that embeds a delivery.

use gitops_core::policy::{Budget, Prune};
use gitops_core::{Delivery, Policy, Silent, TreePath, clock::TokioClock};
use gitops_git::GitSource;
use gitops_kube::{FieldManager, KubeCluster, apiserver::ApiServer};
use gitops_render::PlainRenderer;

async fn deliver(repository: &str) -> Result<String, Box<dyn std::error::Error>> {
    let client = ApiServer::new().client("default"); // or gitops_kube::connect(None).await?
    let cluster = KubeCluster::new(client, FieldManager::new("my-tool")?);
    let inventory = cluster.inventory("default", "shop");
    let delivery = Delivery {
        source: &GitSource::builder(repository).reference("main".parse()?).build()?,
        renderer: &PlainRenderer::new(TreePath::root()),
        differ: &cluster.differ(),
        applier: &cluster.applier(),
        inventory: &inventory,
        clock: &TokioClock::system(),
        observer: &Silent,
        owner: inventory.owner().clone(),
        policy: Policy::new(Prune::Delete(Budget::usual())),
    };
    let plan = delivery.plan().await?; // a value: show it, save it, approve it
    let report = delivery.execute(&plan).await?;
    Ok(format!("{plan}{report}"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let repository = std::env::args().nth(1).ok_or("which repository?")?;
    std::io::Write::write_all(&mut std::io::stdout(), deliver(&repository).await?.as_bytes())?;
    Ok(())
}

#[cfg(test)]
#[path = "../quickstart/repository.rs"]
mod repository;

#[cfg(test)]
mod tests {
    use crate::repository::Repository;

    const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n";

    #[tokio::test]
    async fn a_repository_is_delivered() {
        let directory = tempfile::tempdir().unwrap();
        let mut repository = Repository::create(directory.path()).unwrap();
        repository.write("one.yaml", MAP);
        repository.commit("Begin").unwrap();
        let told = super::deliver(&directory.path().to_string_lossy()).await.unwrap();
        assert!(told.contains("1 created"), "{told}");
    }

    #[test]
    fn the_readme_shows_this_program() {
        let (program, readme) = (include_str!("main.rs"), include_str!("../../README.md"));
        let shown = program.split("\n#[tokio::main]").next().unwrap();
        let shown = shown.split_once("\n\n").unwrap().1;
        assert!(readme.contains(shown.trim()), "the README shows another program");
    }
}

//! A delivery from Git to a cluster, start to end, within this process.
//!
//! It makes a small Git repository in a temporary directory and delivers it to an embedded API
//! server: a first delivery, a commit, drift that is healed, and a removed file that is pruned.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this program tells a story")]

mod repository;

use std::{error::Error, process::ExitCode};

use gitops_core::{
    Delivery, Policy, Report, Silent, TreePath,
    clock::TokioClock,
    error::chain,
    policy::{Budget, Prune},
};
use gitops_git::GitSource;
use gitops_kube::{FieldManager, KubeCluster, apiserver::ApiServer};
use gitops_render::PlainRenderer;
use kube::{
    Api, Client,
    api::{ApiResource, DynamicObject, Patch, PatchParams},
    core::GroupVersionKind,
};
use repository::Repository;

const NAMESPACE: &str = include_str!("namespace.yaml");
const SETTINGS: &str = include_str!("settings.yaml");
const WEB: &str = include_str!("web.yaml");

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let told = match runtime {
        Ok(runtime) => runtime.block_on(story()),
        Err(err) => Err(err.into()),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => {
            eprintln!("error: {}", chain(err.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn story() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let mut repository = Repository::create(directory.path())?;
    repository.write("namespace.yaml", NAMESPACE);
    repository.write("settings.yaml", SETTINGS);
    repository.write("web.yaml", WEB);
    repository.commit("Open the shop")?;

    let server = ApiServer::new();
    let client = server.client("shop");
    let cluster = KubeCluster::new(client.clone(), FieldManager::new("gitops")?);
    let source = GitSource::builder(directory.path().to_string_lossy()).build()?;
    let inventory = cluster.inventory("default", "shop");
    let (differ, applier) = (cluster.differ(), cluster.applier());
    let clock = TokioClock::system();
    let delivery = Delivery {
        source: &source,
        renderer: &PlainRenderer::new(TreePath::root()),
        differ: &differ,
        applier: &applier,
        inventory: &inventory,
        clock: &clock,
        observer: &Silent,
        owner: inventory.owner().clone(),
        policy: Policy::new(Prune::Delete(Budget::usual())),
    };

    tell("A repository with three files is delivered to an empty cluster", &delivery).await?;

    repository.write("settings.yaml", &SETTINGS.replace("summer", "winter"));
    repository.commit("Change the season")?;
    tell("A commit changes one value", &delivery).await?;

    scale_by_hand(&client, 5).await?;
    tell("Somebody scales the web server by hand, and it is healed", &delivery).await?;

    repository.remove("settings.yaml");
    repository.commit("Drop the settings")?;
    tell("A file is removed, and what it described is pruned", &delivery).await?;

    tell("Nothing has changed, and nothing is written", &delivery).await?;
    Ok(())
}

async fn tell(title: &str, delivery: &Delivery<'_>) -> Result<Report, Box<dyn Error>> {
    println!("== {title}\n");
    let plan = delivery.plan().await?;
    println!("{plan}");
    let report = delivery.execute(&plan).await?;
    println!("{report}");
    if !report.is_complete() {
        return Err("the delivery is not complete".into());
    }
    Ok(report)
}

async fn scale_by_hand(client: &Client, replicas: u32) -> Result<(), kube::Error> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk("apps", "v1", "Deployment"));
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), "shop", &resource);
    let patch = serde_json::json!({ "spec": { "replicas": replicas } });
    let by_hand =
        PatchParams { field_manager: Some("kubectl-edit".into()), ..PatchParams::default() };
    api.patch("web", &by_hand, &Patch::Merge(&patch)).await.map(drop)
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_story_ends_well() {
        super::story().await.unwrap();
    }
}

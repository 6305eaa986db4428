//! The cluster to deliver to.

use gitops_core::{Digest, error::chain};
use gitops_kube::{FieldManager, KubeCluster, apiserver::ApiServer};

use crate::args::{Args, To};

const MANAGER: &str = "gitops";
// A Kubernetes name has at most 253 characters; a short one reads better.
const NAME_CHARS_MAX: usize = 40;

/// Connects to the cluster that the user chose.
pub(crate) async fn connect(args: &Args) -> Result<KubeCluster, String> {
    let manager = FieldManager::new(MANAGER).map_err(|err| chain(&err))?;
    let client = match args.to {
        To::Embedded => ApiServer::new().client(&args.namespace),
        To::Kubeconfig => gitops_kube::connect(None).await.map_err(|err| chain(&err))?,
    };
    Ok(KubeCluster::new(client, manager))
}

/// Returns the name of the inventory: two deliveries of one cluster need two names.
pub(crate) fn inventory_name(args: &Args) -> String {
    if let Some(name) = &args.name {
        return name.clone();
    }
    let address = args.repository.trim_end_matches('/').trim_end_matches(".git");
    let base = address.rsplit(['/', ':']).next().unwrap_or_default();
    let readable: String = base
        .to_lowercase()
        .chars()
        .map(|char| if char.is_ascii_alphanumeric() { char } else { '-' })
        .take(NAME_CHARS_MAX)
        .collect();
    let path = args.path.trim_matches('/');
    let digest = Digest::of_parts([args.repository.as_bytes(), path.as_bytes()]).to_hex();
    let name = format!("{}-{}", readable.trim_matches('-'), &digest[..10]);
    name.trim_matches('-').to_owned()
}

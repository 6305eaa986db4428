//! dev
#![allow(missing_docs, clippy::unwrap_used)]
use gitops_kube::apiserver::ApiServer;
#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let server = ApiServer::builder().controllers(args[4] == "all").build();
    let listening = server.listen(args[2].parse().unwrap()).await.unwrap();
    std::fs::write(&args[6], listening.kubeconfig()).unwrap();
    std::future::pending::<()>().await;
}

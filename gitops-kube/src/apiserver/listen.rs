//! Answering on a socket.

use std::{net::SocketAddr, sync::Arc};

use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{net::TcpListener, sync::watch};

use super::server::ApiServer;

/// How many connections are answered at once.
pub(crate) const CONNECTIONS_MAX: usize = 1024;

/// A server that answers on a socket; dropping it ends that.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
    // Dropping the sender tells every connection to end.
    _end: watch::Sender<()>,
}

impl Listening {
    /// Returns the address the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the server's URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns a kubeconfig for the server, as YAML.
    pub fn kubeconfig(&self) -> String {
        format!(
            "apiVersion: v1\n\
             kind: Config\n\
             current-context: embedded\n\
             clusters:\n\
             - name: embedded\n  \
               cluster: {{server: \"{}\"}}\n\
             users:\n\
             - name: embedded\n  \
               user: {{}}\n\
             contexts:\n\
             - name: embedded\n  \
               context: {{cluster: embedded, user: embedded, namespace: default}}\n",
            self.url()
        )
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Accepts connections until the handle is dropped.
pub(crate) async fn listen(server: ApiServer, address: SocketAddr) -> std::io::Result<Listening> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let (end, ended) = watch::channel(());
    let free = Arc::new(tokio::sync::Semaphore::new(CONNECTIONS_MAX));
    let task = tokio::spawn(async move {
        loop {
            let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
            // A connection that broke before it was accepted is no reason to stop.
            let Ok((stream, _)) = listener.accept().await else { continue };
            let service = TowerToHyperService::new(server.clone());
            let mut ended = ended.clone();
            tokio::spawn(async move {
                // Answers are small and clients wait for them.
                let _ = stream.set_nodelay(true);
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::select! {
                    // A client that goes away is none of the server's errors.
                    _ = connection => {}
                    _ = ended.changed() => {}
                }
                drop(permit);
            });
        }
    });
    Ok(Listening { address, task, _end: end })
}

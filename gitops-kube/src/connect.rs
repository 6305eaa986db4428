//! A client for the cluster that a kubeconfig names.

use gitops_core::BoxError;
use kube::{Client, Config, config::KubeConfigOptions};

/// No client can be made from the configuration.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect as the configuration says{}", shown(context.as_deref()))]
pub struct ConnectError {
    context: Option<String>,
    #[source]
    cause: BoxError,
}

/// Connects as kubectl would: to `context` of the kubeconfig, or without one to its current
/// context, or to the cluster around us when there is no kubeconfig.
///
/// Nothing is sent yet. The first call installs rustls' aws-lc-rs provider for the whole process,
/// unless the process has chosen one.
///
/// # Errors
///
/// [`ConnectError`] when there is no configuration, or none to connect with.
pub async fn connect(context: Option<&str>) -> Result<Client, ConnectError> {
    let failed = |cause: BoxError| ConnectError { context: context.map(str::to_owned), cause };
    let config = match context {
        None => Config::infer().await.map_err(|err| failed(err.into()))?,
        Some(context) => {
            let context = Some(context.to_owned());
            let options = KubeConfigOptions { context, ..KubeConfigOptions::default() };
            Config::from_kubeconfig(&options).await.map_err(|err| failed(err.into()))?
        }
    };
    connect_with(config).map_err(|err| ConnectError { context: context.map(str::to_owned), ..err })
}

/// Connects as `config` says, with each request sent once: what is tried again, and for how long,
/// is said by the limits of this crate alone.
///
/// Like [`connect`], it sends nothing yet, and installs a provider for rustls.
///
/// # Errors
///
/// [`ConnectError`] when the configuration is none to connect with.
pub fn connect_with(mut config: Config) -> Result<Client, ConnectError> {
    // An error means that the process has chosen its provider already, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    config.default_retry = false;
    Client::try_from(config).map_err(|err| ConnectError { context: None, cause: err.into() })
}

fn shown(context: Option<&str>) -> String {
    context.map(|context| format!(" in context {context:?}")).unwrap_or_default()
}

//! `render kustomize DIR`: takes the options of `kubectl kustomize`.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use gitops_core::{
    RenderError,
    clock::{Clock as _, TokioClock},
    tree::TreePath,
};
use gitops_render::HelmCharts;
use gitops_render::kustomize::{KustomizeOptions, KustomizeRenderer, LoadRestriction, Order};

use crate::disk::{self, Links};

struct Args {
    directory: PathBuf,
    options: KustomizeOptions,
    charts: bool,
}

/// Builds a directory and prints the objects.
pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let Args { directory, options, charts } = read(args)?;
    let shown = directory.display();
    let real = directory.canonicalize().map_err(|err| format!("cannot read {shown}: {err}"))?;
    let root = root_of(&real);
    let path = real.strip_prefix(root).unwrap_or(&real).to_string_lossy().into_owned();
    let path = TreePath::new(&path).map_err(|err| err.to_string())?;
    let tree = disk::tree(root, Links::Kept);
    let mut renderer = KustomizeRenderer::new(path).with_options(options);
    if charts {
        renderer = renderer.with_charts(Arc::new(HelmCharts::new().at(TokioClock::system().now())));
    }
    let build = renderer.build(&tree).map_err(|err| chain(&err))?;
    for warning in &build.warnings {
        warn(warning);
    }
    let text = build.to_yaml().map_err(|err| chain(&err))?;
    io::stdout().write_all(text.as_bytes()).map_err(|err| err.to_string())
}

fn read(args: &[String]) -> Result<Args, String> {
    let mut directory = None;
    let mut charts = false;
    let mut options = KustomizeOptions::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let (name, inline) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (arg.as_str(), None),
        };
        let mut value = || {
            let next = inline.clone().or_else(|| args.next().cloned());
            next.ok_or_else(|| format!("{name} needs a value"))
        };
        match name {
            "--load-restrictor" => match value()?.as_str() {
                "LoadRestrictionsNone" => options.load_restriction = LoadRestriction::None,
                "LoadRestrictionsRootOnly" => {}
                other => return Err(format!("unknown load restrictor {other:?}")),
            },
            "--reorder" => match value()?.as_str() {
                "legacy" => options.order = Order::Legacy,
                "none" => options.order = Order::AsRead,
                other => return Err(format!("unknown order {other:?}")),
            },
            "--enable-managedby-label" => options.managed_by_label = true,
            "--helm-command" | "--env" | "-e" | "--mount" => drop(value()?),
            "--enable-helm" => charts = inline.as_deref() != Some("false"),
            "--as-current-user" | "--enable-alpha-plugins" | "--network" => {}
            _ if name.starts_with('-') => return Err(format!("unknown option {name}")),
            _ => directory = Some(PathBuf::from(arg)),
        }
    }
    let directory = directory.unwrap_or_else(|| PathBuf::from("."));
    Ok(Args { directory, options, charts })
}

// The repository that holds the directory, or everything.
fn root_of(directory: &Path) -> &Path {
    let repository = directory.ancestors().find(|path| path.join(".git").exists());
    repository.or_else(|| directory.ancestors().last()).unwrap_or(directory)
}

fn chain(err: &RenderError) -> String {
    let mut text = err.to_string();
    let mut cause = std::error::Error::source(err);
    while let Some(err) = cause {
        text = format!("{text}: {err}");
        cause = err.source();
    }
    text
}

#[expect(clippy::print_stderr, reason = "warnings are for the person at the terminal")]
fn warn(text: &str) {
    eprintln!("{text}");
}

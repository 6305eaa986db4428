//! `helm template RELEASE CHART`: the flags, the files, and what is printed.
#![allow(
    clippy::struct_excessive_bools,
    clippy::format_collect,
    clippy::nonminimal_bool,
    reason = "the flags are those of helm, and a terminal is slower than any format"
)]

use std::{
    fs,
    io::{self, Write as _},
    mem,
    path::{Path, PathBuf},
    process::ExitCode,
};

use gitops_core::{
    Digest, Tree, TreePath,
    clock::{Clock as _, TokioClock},
};
use gitops_render::helm::{
    Capabilities, Chart, HelmError, Hook, KubeVersion, Notice, Release, ReleaseName,
    ReleaseOptions, SchemaCheck, World, show_only,
    values::{Layers, SetKind, ValuesFile},
};

use crate::disk::{self, Links};

/// What was asked for.
#[derive(Debug, Default)]
struct Request {
    names: Vec<String>,
    namespace: Option<String>,
    files: Vec<String>,
    sets: Vec<(SetKind, String)>,
    kube_version: Option<String>,
    api_versions: Vec<String>,
    show_only: Vec<String>,
    include_crds: bool,
    upgrade: bool,
    no_hooks: bool,
    skip_tests: bool,
    skip_schema: bool,
}

/// Why nothing is printed.
#[derive(Debug)]
struct Failure {
    message: String,
    /// Whether Helm would have something to show with `--debug`.
    debug: bool,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { message, debug: false }
    }
}

impl From<HelmError> for Failure {
    fn from(err: HelmError) -> Self {
        let debug = matches!(err, HelmError::Template { .. });
        let mut message = err.to_string();
        let mut cause = std::error::Error::source(&err);
        while let Some(inner) = cause {
            message = format!("{message}: {inner}");
            cause = inner.source();
        }
        Self { message, debug }
    }
}

/// Prints what `helm template` prints for the same arguments.
pub(crate) fn template(args: &[&str]) -> ExitCode {
    let mut notices = Vec::new();
    let printed = run(args, &mut notices);
    let remarks: String = notices.iter().map(|notice| format!("{notice}\n")).collect();
    let said = match &printed {
        Ok(text) => say(&remarks).and_then(|()| io::stdout().lock().write_all(text)),
        Err(Failure { message, debug }) => {
            let hint = "\n\nUse --debug flag to render out invalid YAML";
            say(&format!("{remarks}Error: {message}{}\n", if *debug { hint } else { "" }))
        }
    };
    if printed.is_ok() && said.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes to the error stream.
pub(crate) fn say(text: &str) -> io::Result<()> {
    io::stderr().lock().write_all(text.as_bytes())
}

fn run(args: &[&str], notices: &mut Vec<Notice>) -> Result<Vec<u8>, Failure> {
    let request = read_arguments(args)?;
    let (name, chart) = match request.names.as_slice() {
        [chart] => ("release-name", chart.as_str()),
        [name, chart] => (name.as_str(), chart.as_str()),
        _ => return Err(Failure::from("a release name and a chart are needed".to_owned())),
    };
    let mut capabilities = Capabilities::default();
    if let Some(version) = &request.kube_version {
        capabilities.kube_version = KubeVersion::parse(version)
            .map_err(|problem| format!("invalid kube version '{version}': {problem}"))?;
    }
    capabilities.api_versions.extend(request.api_versions.iter().cloned());
    let found = fs::symlink_metadata(chart).ok();
    let is_there = |found: &fs::Metadata| !found.is_symlink() || Path::new(chart).exists();
    let Some(found) = found.filter(is_there) else {
        return Err(Failure::from(format!("path {chart:?} not found")));
    };
    let values = values(&request)?;
    let (tree, path) = chart_tree(chart, found.is_dir())?;
    let chart = Chart::load(&tree, &path, notices)?;
    let options = ReleaseOptions {
        release: ReleaseName {
            name: name.to_owned(),
            namespace: request.namespace.clone().unwrap_or_else(|| "default".to_owned()),
            upgrade: request.upgrade,
        },
        capabilities,
        schema_check: match request.skip_schema {
            true => SchemaCheck::Skip,
            false => SchemaCheck::Enforce,
        },
        world: world(),
    };
    let release = Release::render(chart, &values, &options, notices)?;
    let hooks = |hook: &Hook| !request.no_hooks && !(request.skip_tests && hook.is_test());
    let text = release.text(hooks, request.include_crds);
    // The program ends soon: the system takes back all at once what would be given back piece by piece.
    mem::forget(release);
    if request.show_only.is_empty() {
        return Ok(text);
    }
    Ok(show_only(&text, &request.show_only)?.into_bytes())
}

fn world() -> World {
    let now = TokioClock::system().now();
    // The chance of one run: nothing that anybody should keep a secret with.
    let mut chance = [0; 32];
    chance[..16].copy_from_slice(&now.as_nanosecond().to_be_bytes());
    chance[16..20].copy_from_slice(&std::process::id().to_be_bytes());
    World::new(now, Digest::Sha256(chance))
}

fn values(request: &Request) -> Result<serde_json::Map<String, serde_json::Value>, Failure> {
    let mut layers = Layers { sets: request.sets.clone(), ..Layers::default() };
    for name in &request.files {
        let data = fs::read(name).map_err(|err| not_opened(name, &err))?;
        layers.files.push(ValuesFile { name: name.clone(), data: data.into() });
    }
    let mut read_file = |name: &str| {
        let data = fs::read(name).map_err(|err| not_opened(name, &err))?;
        Ok(String::from_utf8_lossy(&data).into_owned())
    };
    Ok(layers.merged(&mut read_file)?)
}

fn not_opened(name: &str, err: &io::Error) -> String {
    match err.kind() {
        io::ErrorKind::NotFound => format!("open {name}: no such file or directory"),
        _ => format!("open {name}: {err}"),
    }
}

// A tree over the chart, with links followed wherever they lead, and the chart's path in it.
fn chart_tree(chart: &str, is_folder: bool) -> Result<(Tree, TreePath), Failure> {
    let failed = |err: &dyn std::error::Error| Failure::from(err.to_string());
    let mut place = PathBuf::from(chart);
    // The name of a folder is what stands there, unless that is `.`, `..` or a link.
    if !is_folder || chart.ends_with(['/', '.']) {
        place = fs::canonicalize(&place).map_err(|err| failed(&err))?;
    }
    let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let path = TreePath::new(&name).map_err(|err| failed(&err))?;
    let above = place.parent().filter(|above| !above.as_os_str().is_empty());
    let tree = disk::tree(above.unwrap_or(Path::new(".")), Links::Followed);
    let file = path.join("Chart.yaml").map_err(|err| failed(&err))?;
    let missing = || tree.kind(&file).ok().flatten().is_none();
    if (is_folder || place.is_dir()) && missing() {
        let place = std::path::absolute(chart).unwrap_or(place).join("Chart.yaml");
        let place = place.display();
        return Err(Failure::from(format!(
            "unable to detect chart at {place}: open {place}: no such file or directory"
        )));
    }
    Ok((tree, path))
}

fn read_arguments(args: &[&str]) -> Result<Request, Failure> {
    let mut request = Request::default();
    let mut args = args.iter().copied();
    while let Some(arg) = args.next() {
        let (flag, given) = match arg.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
            _ => (arg, None),
        };
        if read_switch(&mut request, flag, given) {
            continue;
        }
        if !flag.starts_with('-') {
            request.names.push(arg.to_owned());
            continue;
        }
        let value = given.or_else(|| args.next());
        let value = value.ok_or_else(|| format!("flag needs an argument: {flag}"))?.to_owned();
        let many = || value.split(',').map(str::to_owned);
        match flag {
            "-n" | "--namespace" => request.namespace = Some(value),
            "-f" | "--values" => request.files.extend(many()),
            "--set" => request.sets.push((SetKind::Typed, value)),
            "--set-string" => request.sets.push((SetKind::String, value)),
            "--set-json" => request.sets.push((SetKind::Json, value)),
            "--set-file" => request.sets.push((SetKind::File, value)),
            "--set-literal" => request.sets.push((SetKind::Literal, value)),
            "--kube-version" => request.kube_version = Some(value),
            "-a" | "--api-versions" => request.api_versions.extend(many()),
            "-s" | "--show-only" => request.show_only.push(value),
            _ => return Err(Failure::from(format!("unknown flag: {flag}"))),
        }
    }
    Ok(request)
}

// Whether `flag` is one that needs no value.
fn read_switch(request: &mut Request, flag: &str, given: Option<&str>) -> bool {
    let switch = match flag {
        "--include-crds" => &mut request.include_crds,
        "--is-upgrade" => &mut request.upgrade,
        "--no-hooks" => &mut request.no_hooks,
        "--skip-tests" => &mut request.skip_tests,
        "--skip-schema-validation" => &mut request.skip_schema,
        _ => return false,
    };
    *switch = given != Some("false");
    true
}

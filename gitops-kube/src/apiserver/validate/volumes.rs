//! The rules of volumes: where their content comes from.

use serde_json::{Value, json};

use super::{
    super::{status::Problem, world::text},
    fields, names,
    pod::list,
};

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// Checks the volumes of a pod and returns their names; a volume that is wrong has none.
pub(super) fn check<'s>(spec: &'s Value, path: &str, out: &mut Vec<Problem>) -> Vec<&'s str> {
    let mut seen: Vec<&str> = Vec::new();
    for (index, volume) in list(spec, "volumes").iter().enumerate() {
        let at = format!("{path}.volumes[{index}]");
        let name = text(volume, "/name");
        let before = out.len();
        check_sources(volume, &at, out);
        if name.is_empty() {
            out.push(Problem::required(format!("{at}.name"), ""));
        } else {
            for problem in names::label(name) {
                out.push(Problem::invalid(format!("{at}.name"), &json!(name), &problem));
            }
        }
        if seen.contains(&name) {
            out.push(Problem::duplicate(format!("{at}.name"), &json!(name)));
        }
        if out.len() == before {
            seen.push(name);
        }
    }
    seen
}

/// The order in which the sources of a volume are looked at.
fn order(name: &str) -> usize {
    const ORDER: [&str; 13] = [
        "emptyDir",
        "hostPath",
        "gitRepo",
        "gcePersistentDisk",
        "awsElasticBlockStore",
        "secret",
        "nfs",
        "iscsi",
        "glusterfs",
        "persistentVolumeClaim",
        "downwardAPI",
        "configMap",
        "projected",
    ];
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}

fn check_sources(volume: &Value, at: &str, out: &mut Vec<Problem>) {
    let entries = volume.as_object().into_iter().flatten();
    let mut sources: Vec<&String> = entries
        .filter(|(name, value)| *name != "name" && !value.is_null())
        .map(|(name, _)| name)
        .collect();
    sources.sort_by_key(|name| order(name));
    let Some((first, others)) = sources.split_first() else {
        out.push(Problem::required(at, "must specify a volume type"));
        return;
    };
    check_source(&volume[first.as_str()], first, &format!("{at}.{first}"), out);
    for extra in others {
        let detail = "may not specify more than 1 volume type";
        out.push(Problem::forbidden(format!("{at}.{extra}"), detail));
    }
}

/// Checks one source of a volume.
fn check_source(source: &Value, kind: &str, path: &str, out: &mut Vec<Problem>) {
    let field = match kind {
        "secret" => "secretName",
        "configMap" => "name",
        "persistentVolumeClaim" => "claimName",
        "hostPath" => "path",
        "projected" | "downwardAPI" => "",
        _ => return,
    };
    if !field.is_empty() && text(source, &format!("/{field}")).is_empty() {
        out.push(Problem::required(format!("{path}.{field}"), ""));
    }
    check_mode(source, "defaultMode", path, out);
    match kind {
        "hostPath" => no_steps_back(text(source, "/path"), &format!("{path}.path"), out),
        "projected" => check_projected(source, path, out),
        "downwardAPI" => {
            for file in list(source, "items") {
                check_file(file, path, out);
            }
        }
        _ => check_items(source, path, out),
    }
}

fn check_mode(holder: &Value, field: &str, path: &str, out: &mut Vec<Problem>) {
    let mode = holder.get(field).and_then(Value::as_i64);
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        out.push(Problem::invalid(format!("{path}.{field}"), &json!(mode), MODE));
    }
}

/// Checks which keys of a map become which files.
fn check_items(source: &Value, path: &str, out: &mut Vec<Problem>) {
    for (index, item) in list(source, "items").iter().enumerate() {
        let at = format!("{path}.items[{index}]");
        for name in ["key", "path"] {
            if text(item, &format!("/{name}")).is_empty() {
                out.push(Problem::required(format!("{at}.{name}"), ""));
            }
        }
        check_path(text(item, "/path"), &format!("{at}.path"), out);
        check_mode(item, "mode", &at, out);
    }
}

/// Checks a file's path inside a volume.
fn check_path(path: &str, field: &str, out: &mut Vec<Problem>) {
    if path.starts_with('/') {
        out.push(Problem::invalid(field, &json!(path), "must be a relative path"));
    }
    no_steps_back(path, field, out);
    if path.starts_with("..") && !path.starts_with("../") {
        out.push(Problem::invalid(field, &json!(path), "must not start with '..'"));
    }
}

fn no_steps_back(path: &str, field: &str, out: &mut Vec<Problem>) {
    if path.split('/').any(|step| step == "..") {
        out.push(Problem::invalid(field, &json!(path), "must not contain '..'"));
    }
}

/// Checks a file that says something about its pod.
fn check_file(file: &Value, path: &str, out: &mut Vec<Problem>) {
    let name = text(file, "/path");
    if name.is_empty() {
        out.push(Problem::required(format!("{path}.path"), ""));
    }
    check_path(name, &format!("{path}.path"), out);
    let part = |name: &str| file.get(name).filter(|part| part.is_object());
    match (part("fieldRef"), part("resourceFieldRef")) {
        (Some(field), resource) => {
            fields::check_volume(field, &format!("{path}.fieldRef"), out);
            if resource.is_some() {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                out.push(Problem::invalid(path, &json!("resource"), detail));
            }
        }
        (None, Some(resource)) => {
            fields::check_resource(resource, true, &format!("{path}.resourceFieldRef"), out);
        }
        (None, None) => {
            let detail = "one of fieldRef and resourceFieldRef is required";
            out.push(Problem::required(path, detail));
        }
    }
    check_mode(file, "mode", path, out);
}

fn check_projected(projected: &Value, path: &str, out: &mut Vec<Problem>) {
    let mut files: Vec<&str> = Vec::new();
    for (index, source) in list(projected, "sources").iter().enumerate() {
        let at = format!("{path}.sources[{index}]");
        let part = |name: &str| source.get(name).filter(|part| part.is_object());
        for kind in ["secret", "configMap"] {
            let Some(map) = part(kind) else { continue };
            let name = text(map, "/name");
            if name.is_empty() {
                out.push(Problem::required(format!("{at}.{kind}.name"), ""));
            }
            for (index, item) in list(map, "items").iter().enumerate() {
                let single = json!({ "items": [item] });
                let mut found = Vec::new();
                check_items(&single, &format!("{at}.{kind}"), &mut found);
                for problem in &mut found {
                    problem.field = problem.field.replace("items[0]", &format!("items[{index}]"));
                }
                out.extend(found);
                once(text(item, "/path"), name, path, &mut files, out);
            }
        }
        for file in part("downwardAPI").into_iter().flat_map(|api| list(api, "items")) {
            check_file(file, &format!("{at}.downwardAPI"), out);
            let name = text(file, "/path");
            once(name, name, path, &mut files, out);
        }
    }
}

/// Refuses a file that two sources bring.
fn once<'p>(
    file: &'p str,
    shown: &str,
    path: &str,
    files: &mut Vec<&'p str>,
    out: &mut Vec<Problem>,
) {
    if file.is_empty() {
        return;
    }
    if files.contains(&file) {
        out.push(Problem::invalid(path, &json!(shown), "conflicting duplicate paths"));
    } else {
        files.push(file);
    }
}

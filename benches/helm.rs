//! What rendering a starter chart costs in process. `CHART` names another chart.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

mod measure;

use std::{env, fs, path::Path};

use gitops_core::{Tree, TreePath};
use gitops_render::HelmRenderer;

const RUNS: usize = 31;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let chart = env::var("CHART").unwrap_or_else(|_| starter(folder.path()));
    let mut files = Vec::new();
    collect(Path::new(&chart), "chart", &mut files);
    let tree = Tree::from_files(files).unwrap();
    let renderer = HelmRenderer::new(TreePath::new("chart").unwrap(), "demo", "demo-ns");
    let mut inside = Vec::new();
    for _ in 0..RUNS {
        let (release, took) = measure::time(|| renderer.release(&tree, &mut Vec::new()).unwrap());
        assert!(!release.manifests.is_empty());
        inside.push(took);
    }
    measure::show("the chart, in process", &mut inside);
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &name, files);
        } else {
            files.push((name, fs::read(entry.path()).unwrap()));
        }
    }
}

// Writes a chart of the shape that people start from.
fn starter(folder: &Path) -> String {
    let labels = "{{ define \"labels\" }}app.kubernetes.io/name: {{ .Chart.Name }}\n\
        app.kubernetes.io/instance: {{ .Release.Name }}\n{{ end }}\
        {{ define \"name\" }}{{ printf \"%s-%s\" .Release.Name .Chart.Name | trunc 63 | \
        trimSuffix \"-\" }}{{ end }}";
    let head = |api: &str, kind: &str| {
        format!(
            "apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {{{{ include \"name\" . }}}}\n  \
             labels:\n    {{{{- include \"labels\" . | nindent 4 }}}}\n"
        )
    };
    let deployment = head("apps/v1", "Deployment")
        + "spec:\n  replicas: {{ .Values.replicas }}\n  selector:\n    matchLabels:\n      \
           {{- include \"labels\" . | nindent 6 }}\n  template:\n    metadata:\n      labels:\n        \
           {{- include \"labels\" . | nindent 8 }}\n    spec:\n      containers:\n      - name: web\n        \
           image: \"{{ .Values.image.name }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"\n        \
           resources:\n          {{- toYaml .Values.resources | nindent 10 }}\n";
    let service = head("v1", "Service") + "spec: {ports: [{port: {{ .Values.port }}}]}\n";
    let ingress = "{{- if .Values.ingress.enabled }}\n".to_owned()
        + &head("networking.k8s.io/v1", "Ingress")
        + "spec:\n  rules:\n  {{- range .Values.ingress.hosts }}\n  - host: {{ .host | quote }}\n  \
           {{- end }}\n{{- end }}\n";
    let values = "replicas: 2\nimage: {name: nginx, tag: \"\"}\nport: 80\nresources: {limits: \
                  {cpu: 100m}}\ningress: {enabled: true, hosts: [{host: a.example}]}\n";
    let chart = "apiVersion: v2\nname: web\nversion: 0.1.0\nappVersion: \"1.16.0\"\n";
    fs::create_dir(folder.join("templates")).unwrap();
    for (name, text) in [
        ("Chart.yaml", chart),
        ("values.yaml", values),
        ("templates/_names.tpl", labels),
        ("templates/deployment.yaml", &deployment),
        ("templates/service.yaml", &service),
        ("templates/ingress.yaml", &ingress),
        ("templates/account.yaml", &head("v1", "ServiceAccount")),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    folder.display().to_string()
}

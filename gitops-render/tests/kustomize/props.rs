//! Properties: broken input never panics, and the reads tell when an output still holds.

use gitops_core::Tree;
use proptest::prelude::*;

const KUSTOMIZATION: &str = r#"namePrefix: p-
namespace: shop
resources: [app.yaml, base]
labels: [{pairs: {team: a}, includeSelectors: true}]
images: [{name: nginx, newTag: "2"}]
replicas: [{name: web, count: 3}]
configMapGenerator: [{name: conf, literals: ["a=1"], files: [file.txt]}]
patches:
- target: {kind: Deployment, name: w.*}
  patch: '[{"op": "add", "path": "/metadata/annotations", "value": {"x": "y"}}]'
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec: {template: {spec: {containers: [{name: web, env: [{name: A, value: b}]}]}}}
replacements:
- source: {kind: ConfigMap, name: other, fieldPath: data.k}
  targets: [{select: {kind: Deployment}, fieldPaths: ["spec.template.spec.containers.[name=web].image"], options: {delimiter: ":", index: 1}}]
vars: [{name: V, objref: {kind: ConfigMap, name: other, apiVersion: v1}}]
"#;

const APP: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "nginx:1", args: ["$(V)"], envFrom: [{configMapRef: {name: conf}}]}
"#;

const BASE: &str = "resources: [more.yaml]\nnameSuffix: -s\n";
const MORE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {k: \"3\"}\n";

fn files() -> Vec<(String, String)> {
    [
        ("kustomization.yaml", KUSTOMIZATION),
        ("app.yaml", APP),
        ("base/kustomization.yaml", BASE),
        ("base/more.yaml", MORE),
        ("file.txt", "text"),
        ("unused.txt", "nobody reads this"),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .to_vec()
}

#[test]
fn the_unchanged_kustomization_builds() {
    let output = super::build(&Tree::from_files(files()).unwrap(), "").unwrap();
    assert!(output.contains("image: nginx:3"), "{output}");
    assert!(output.contains("- p-other-s"), "{output}");
}

// Puts a piece of another line, or some punctuation, somewhere.
fn mutated(text: &str, at: usize, cut: usize, piece: &str) -> String {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (floor(at % (text.len() + 1)), floor(at % (text.len() + 1) + cut));
    format!("{}{piece}{}", &text[..start], &text[end..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn broken_kustomizations_never_panic(
        which in 0_usize..4,
        at in 0_usize..2_000,
        cut in 0_usize..30,
        piece in prop_oneof![
            Just(String::new()),
            "[\\[\\]{}:,&*!|>'\"%@#\n -]{1,3}",
            Just("null".to_owned()),
            Just("- ".to_owned()),
            Just("$patch: delete".to_owned()),
            Just("1e999".to_owned()),
            Just("é\u{2028}".to_owned()),
        ],
    ) {
        let mut files = files();
        files[which].1 = mutated(&files[which].1, at, cut, &piece);
        if let Ok(tree) = Tree::from_files(files) {
            let _ = super::build(&tree, "");
        }
    }

    #[test]
    fn an_output_holds_exactly_as_long_as_the_reads_do(which in 0_usize..6) {
        let tree = Tree::from_files(files()).unwrap();
        let (tracked, log) = tree.track();
        let before = super::build(&tracked, "").unwrap();
        let mut changed = files();
        changed[which].1.push_str("\n# more\n");
        let other = Tree::from_files(changed).unwrap();
        let holds = log.reads().holds(&other).unwrap();
        prop_assert_eq!(holds, which == 5);
        if holds {
            prop_assert_eq!(super::build(&other, "").unwrap(), before);
        }
    }
}

//! Each limit stops what passes it, by its name.

use gitops_core::{
    Tree,
    tree::{MemoryTree, TreeLimits},
};
use gitops_render::helm::{
    CHART_BYTES_MAX, CHART_DEPTH_MAX, CHART_FILES_MAX, Chart, FOLDER_DEPTH_MAX, HelmError,
    RELEASE_NAME_BYTES_MAX, Release, SCHEMA_DEPTH_MAX,
    values::{
        Layers, SET_BYTES_MAX, SET_DOTS_MAX, SET_INDEX_MAX, SET_INDEXES_MAX, SetKind,
        VALUES_BYTES_MAX, ValuesFile, set,
    },
};

use super::{CHART, chart, no_values, path};

fn limit_of(err: &HelmError) -> &'static str {
    match err {
        HelmError::Limit { limit, .. } => limit,
        other => panic!("no limit: {other}"),
    }
}

fn load(tree: &Tree) -> HelmError {
    Chart::load(tree, &path("in"), &mut Vec::new()).unwrap_err()
}

#[test]
fn a_chart_has_so_many_bytes() {
    let quarter = usize::try_from(CHART_BYTES_MAX / 4 + 1).unwrap();
    let mut builder = MemoryTree::builder().file("in/Chart.yaml", "name: shop").unwrap();
    for name in ["a", "b", "c", "d"] {
        builder = builder.file(&format!("in/{name}"), vec![0; quarter]).unwrap();
    }
    let tree = Tree::new(std::sync::Arc::new(builder.build().unwrap()));
    let tree = tree.with_limits(TreeLimits::default());
    assert_eq!(limit_of(&load(&tree)), "CHART_BYTES_MAX");
}

#[test]
fn a_chart_has_so_many_files() {
    let files = (0..=CHART_FILES_MAX).map(|index| (format!("in/files/{index}"), ""));
    let tree = Tree::from_files(files).unwrap();
    assert_eq!(limit_of(&load(&tree)), "CHART_FILES_MAX");
}

#[test]
fn charts_nest_so_deep() {
    let nested = |depth| {
        let folder = "in".to_owned() + &"/charts/shop".repeat(depth);
        (format!("{folder}/Chart.yaml"), "apiVersion: v2\nname: shop\nversion: 1.0.0\n")
    };
    let depth = usize::try_from(CHART_DEPTH_MAX).unwrap();
    let tree = Tree::from_files((0..=depth).map(nested)).unwrap();
    assert!(Chart::load(&tree, &path("in"), &mut Vec::new()).is_ok());
    let tree = Tree::from_files((0..=depth + 1).map(nested)).unwrap();
    assert_eq!(limit_of(&load(&tree)), "CHART_DEPTH_MAX");
}

#[test]
fn a_values_file_has_so_many_bytes() {
    let data = vec![b'#'; usize::try_from(VALUES_BYTES_MAX + 1).unwrap()].into();
    let files = vec![ValuesFile { name: "v.yaml".to_owned(), data }];
    let err = Layers { files, ..Layers::default() }.merged(&mut |_| Err(String::new()));
    assert_eq!(limit_of(&err.unwrap_err()), "VALUES_BYTES_MAX");
}

#[test]
fn a_line_goes_so_far() {
    let lay =
        |line: &str| set(line, SetKind::Typed, &mut no_values(), &mut |_| Err(String::new())).err();
    let dots = usize::try_from(SET_DOTS_MAX).unwrap();
    assert_eq!(lay(&format!("{}a=1", "a.".repeat(dots))), None);
    assert!(lay(&format!("{}a=1", "a.".repeat(dots + 1))).unwrap().contains("nested level of 30"));
    assert_eq!(lay(&format!("a[{SET_INDEX_MAX}]=1")), None);
    assert!(lay(&format!("a[{}]=1", SET_INDEX_MAX + 1)).unwrap().contains("65537"));
    let indexes = usize::try_from(SET_INDEXES_MAX).unwrap() + 2;
    assert!(lay(&format!("a{}=1", "[0]".repeat(indexes))).unwrap().contains("SET_INDEXES_MAX"));
    assert!(lay(&"a".repeat(SET_BYTES_MAX + 1)).unwrap().contains("SET_BYTES_MAX"));
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let schema = r##"{"$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#"}"##;
    let tree = chart(&[("in/values.schema.json", schema), ("in/templates/a.yaml", "a: 1")]);
    let err = super::render(&tree, &mut Vec::new()).unwrap_err().to_string();
    assert!(err.contains("refers to itself"), "{err}");
}

#[test]
fn schemas_refer_to_each_other_so_deep() {
    let complaint = |count: usize| {
        let define =
            |index| format!(r##""d{index}": {{"$ref": "#/definitions/d{}"}},"##, index + 1);
        let definitions: String = (0..count).map(define).collect();
        let schema = format!(
            r##"{{"$ref": "#/definitions/d0", "definitions": {{{definitions} "d{count}": {{}}}}}}"##
        );
        let tree = chart(&[("in/values.schema.json", &schema), ("in/templates/a.yaml", "a: 1")]);
        super::render(&tree, &mut Vec::new()).err().map(|err| err.to_string())
    };
    // The schema itself and the last definition are two more.
    assert_eq!(complaint(SCHEMA_DEPTH_MAX - 2), None);
    assert!(complaint(SCHEMA_DEPTH_MAX - 1).unwrap().contains("SCHEMA_DEPTH_MAX"));
}

#[test]
fn folders_nest_so_deep() {
    let depth = usize::try_from(FOLDER_DEPTH_MAX).unwrap();
    let tree = |depth: usize| {
        let deep = format!("in/{}x", "d/".repeat(depth));
        Tree::from_files([("in/Chart.yaml".to_owned(), CHART.to_owned()), (deep, String::new())])
            .unwrap()
    };
    assert!(Chart::load(&tree(depth), &path("in"), &mut Vec::new()).is_ok());
    assert_eq!(limit_of(&load(&tree(depth + 1))), "FOLDER_DEPTH_MAX");
}

#[test]
fn a_release_has_so_long_a_name() {
    let complaint = |length: usize| {
        let chart = Chart::load(&chart(&[]), &path("in"), &mut Vec::new()).unwrap();
        let options = super::options(&"r".repeat(length));
        Release::render(chart, &serde_json::Map::new(), &options, &mut Vec::new()).err()
    };
    assert!(complaint(RELEASE_NAME_BYTES_MAX).is_none());
    let err = complaint(RELEASE_NAME_BYTES_MAX + 1).unwrap().to_string();
    assert!(err.contains("release name check failed"), "{err}");
}

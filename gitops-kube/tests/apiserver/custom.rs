//! Custom resource definitions and their objects.

use expect_test::expect;

use super::world::World;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS: &str = "/apis/example.com/v1/namespaces/default/widgets";
const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer, default: 3}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items:
                  type: object
                  required: [name]
                  properties: {name: {type: string}, count: {type: integer}}
";

fn widget(spec: &str) -> String {
    format!("{{apiVersion: example.com/v1, kind: Widget, metadata: {{name: w}}, spec: {spec}}}")
}

#[test]
fn a_definition_brings_a_kind_and_takes_it_away() {
    let world = World::new();
    assert_eq!(world.get(WIDGETS).0, 404);
    assert_eq!(world.post(DEFINITIONS, DEFINITION).0, 201);
    assert_eq!(world.post(WIDGETS, &widget("{}")).0, 201);
    let line = format!("DELETE {DEFINITIONS}/widgets.example.com");
    world.ask(&line, "application/json", "");
    assert_eq!(world.get(WIDGETS).0, 404);
}

#[test]
fn custom_objects_are_pruned_defaulted_and_checked() {
    let world = World::new();
    world.post(DEFINITIONS, DEFINITION);
    let (_, answer) = world.post(WIDGETS, &widget("{colour: red}"));
    expect![[r#"{"size":3}"#]].assert_eq(&answer["spec"].to_string());
    let (status, answer) = world.merge(&format!("{WIDGETS}/w"), r#"{"spec":{"size":"big"}}"#);
    assert_eq!(status, 422);
    expect![[r#"Widget.example.com "w" is invalid: spec.size: Invalid value: "string": spec.size in body must be of type integer: "string""#]]
        .assert_eq(answer["message"].as_str().unwrap());
}

#[test]
fn lists_of_custom_objects_merge_by_their_keys() {
    let world = World::new();
    world.post(DEFINITIONS, DEFINITION);
    let path = |who: &str| format!("{WIDGETS}/w?fieldManager={who}");
    world.apply(&path("one"), &widget("{parts: [{name: a, count: 1}]}"));
    let (_, answer) = world.apply(&path("two"), &widget("{parts: [{name: b, count: 2}]}"));
    expect![[r#"[{"count":1,"name":"a"},{"count":2,"name":"b"}]"#]]
        .assert_eq(&answer["spec"]["parts"].to_string());
}

//! Definitions: what they must be, what their rules say, how long they live.

use expect_test::{Expect, expect};

use super::world::World;

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const WIDGETS: &str = "/apis/example.com/v1/namespaces/default/widgets";

/// A definition of widgets whose spec has a schema.
fn definition(spec: &str) -> String {
    format!(
        "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, \
         metadata: {{name: widgets.example.com}}, spec: {{group: example.com, scope: Namespaced, \
         names: {{plural: widgets, kind: Widget}}, versions: [{{name: v1, served: true, \
         storage: true, schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {spec}}}}}}}}}]}}}}"
    )
}

fn widget(spec: &str) -> String {
    format!("{{apiVersion: example.com/v1, kind: Widget, metadata: {{name: w}}, spec: {spec}}}")
}

/// Returns what the causes of a refusal say, a line each, without where the schema is.
fn causes(answer: &serde_json::Value) -> String {
    let list = answer["details"]["causes"].as_array().cloned().unwrap_or_default();
    let lines = list.iter().map(|cause| {
        let field = cause["field"].as_str().unwrap();
        let field = field.rsplit("properties[spec].").next().unwrap();
        format!("{field}: {}", cause["message"].as_str().unwrap())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn refused(spec: &str, expected: &Expect) {
    let (status, answer) = World::new().post(DEFINITIONS, &definition(spec));
    assert_eq!(status, 422, "{answer}");
    expected.assert_eq(&causes(&answer));
}

#[test]
fn schemas_must_be_structural() {
    refused(
        "{type: object, properties: {a: {description: x}}}",
        &expect![
            "properties[a].type: Required value: must not be empty for specified object fields"
        ],
    );
    refused(
        "{type: object, properties: {a: {type: string, pattern: '(a'}}}",
        &expect![
            "properties[a].pattern: Invalid value: \"(a\": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): `(a`"
        ],
    );
}

#[test]
fn defaults_must_be_valid() {
    refused(
        "{type: object, properties: {a: {type: integer, default: x}}}",
        &expect![[
            r#"properties[a].default: Invalid value: "string":  in body must be of type integer: "string""#
        ]],
    );
}

#[test]
fn rules_have_types_and_costs() {
    refused(
        "{type: object, properties: {a: {type: integer, x-kubernetes-validations: [{rule: 'self + 1'}]}}}",
        &expect![[
            r#"properties[a].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self + 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool"#
        ]],
    );
    let (status, answer) = World::new().post(
        DEFINITIONS,
        &definition(
            "{type: object, properties: {a: {type: array, items: {type: string}, \
             x-kubernetes-validations: [{rule: 'self.all(x, self.all(y, x.contains(y)))'}]}}}",
        ),
    );
    assert_eq!(status, 422);
    assert!(causes(&answer).contains("exceeds budget by factor of more than 100x"));
}

#[test]
fn rules_are_asked_of_objects_and_of_changes() {
    let world = World::new();
    let schema = "{type: object, properties: {a: {type: integer, x-kubernetes-validations: \
                  [{rule: 'self >= oldSelf', message: no way back}]}, b: {type: string}}, \
                  x-kubernetes-validations: [{rule: \"!has(self.b) || self.b != 'bad'\", \
                  fieldPath: .b, reason: FieldValueForbidden, messageExpression: \"'not ' + self.b\"}]}";
    assert_eq!(world.post(DEFINITIONS, &definition(schema)).0, 201);
    let (status, answer) = world.post(WIDGETS, &widget("{b: bad}"));
    assert_eq!(status, 422);
    expect!["spec.b: Forbidden: not bad"].assert_eq(&causes(&answer));
    assert_eq!(world.post(WIDGETS, &widget("{a: 2}")).0, 201);
    let (status, answer) = world.merge(&format!("{WIDGETS}/w"), r#"{"spec":{"a":1}}"#);
    assert_eq!(status, 422);
    expect!["spec.a: Invalid value: 1: no way back"].assert_eq(&causes(&answer));
}

#[test]
fn names_that_are_taken_are_not_served() {
    let world = World::new();
    world.post(DEFINITIONS, &definition("{type: object}"));
    let second = definition("{type: object}")
        .replace("widgets.example.com", "gadgets.example.com")
        .replace("plural: widgets", "plural: gadgets");
    assert_eq!(world.post(DEFINITIONS, &second).0, 201);
    let (_, answer) = world.get(&format!("{DEFINITIONS}/gadgets.example.com"));
    let conditions = answer["status"]["conditions"].as_array().unwrap().clone();
    let said: Vec<&str> = conditions.iter().filter_map(|c| c["reason"].as_str()).collect();
    assert_eq!(said, ["ListKindConflict", "NotAccepted"]);
    assert_eq!(world.get("/apis/example.com/v1/namespaces/default/gadgets").0, 404);
}

#[test]
fn a_definition_waits_for_its_last_object() {
    let world = World::new();
    world.post(DEFINITIONS, &definition("{type: object}"));
    let held = widget("{}").replace("name: w", "name: w, finalizers: [example.com/f]");
    assert_eq!(world.post(WIDGETS, &held).0, 201);
    let line = format!("DELETE {DEFINITIONS}/widgets.example.com");
    world.ask(&line, "application/json", "");
    assert_eq!(world.get(&format!("{WIDGETS}/w")).0, 200);
    world.merge(&format!("{WIDGETS}/w"), r#"{"metadata":{"finalizers":[]}}"#);
    assert_eq!(world.get(&format!("{DEFINITIONS}/widgets.example.com")).0, 404);
}

#[test]
fn limits_hold() {
    let world = World::new();
    let long = format!("self == {}", "1 + ".repeat(5_000) + "1");
    let schema = format!(
        "{{type: object, properties: {{a: {{type: integer, x-kubernetes-validations: \
         [{{rule: '{long}'}}]}}}}}}"
    );
    let (status, answer) = world.post(DEFINITIONS, &definition(&schema));
    assert_eq!(status, 422);
    assert!(causes(&answer).contains("expression is longer than 16384 bytes"));
    let deep = format!("{}{{type: string}}{}", "{type: array, items: ".repeat(40), "}".repeat(40));
    let schema = format!("{{type: object, properties: {{a: {deep}}}}}");
    assert_eq!(world.post(DEFINITIONS, &definition(&schema)).0, 201);
}

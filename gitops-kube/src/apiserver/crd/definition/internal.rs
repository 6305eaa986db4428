//! Versions and schemas as the server shows its own structs: every field, by its name in Go.

use serde_json::Value;

/// How a field is written when a definition does not have it.
#[derive(Clone, Copy)]
enum Zero {
    Null,
    Text,
    No,
}

use Zero::{No, Null, Text};

const VERSION: [(&str, &str, Zero); 9] = [
    ("Name", "name", Text),
    ("Served", "served", No),
    ("Storage", "storage", No),
    ("Deprecated", "deprecated", No),
    ("DeprecationWarning", "deprecationWarning", Null),
    ("Schema", "schema", Null),
    ("Subresources", "subresources", Null),
    ("AdditionalPrinterColumns", "additionalPrinterColumns", Null),
    ("SelectableFields", "selectableFields", Null),
];

const SCHEMA: [(&str, &str, Zero); 43] = [
    ("ID", "id", Text),
    ("Schema", "$schema", Text),
    ("Ref", "$ref", Null),
    ("Description", "description", Text),
    ("Type", "type", Text),
    ("Nullable", "nullable", No),
    ("Format", "format", Text),
    ("Title", "title", Text),
    ("Default", "default", Null),
    ("Maximum", "maximum", Null),
    ("ExclusiveMaximum", "exclusiveMaximum", No),
    ("Minimum", "minimum", Null),
    ("ExclusiveMinimum", "exclusiveMinimum", No),
    ("MaxLength", "maxLength", Null),
    ("MinLength", "minLength", Null),
    ("Pattern", "pattern", Text),
    ("MaxItems", "maxItems", Null),
    ("MinItems", "minItems", Null),
    ("UniqueItems", "uniqueItems", No),
    ("MultipleOf", "multipleOf", Null),
    ("Enum", "enum", Null),
    ("MaxProperties", "maxProperties", Null),
    ("MinProperties", "minProperties", Null),
    ("Required", "required", Null),
    ("Items", "items", Null),
    ("AllOf", "allOf", Null),
    ("OneOf", "oneOf", Null),
    ("AnyOf", "anyOf", Null),
    ("Not", "not", Null),
    ("Properties", "properties", Null),
    ("AdditionalProperties", "additionalProperties", Null),
    ("PatternProperties", "patternProperties", Null),
    ("Dependencies", "dependencies", Null),
    ("AdditionalItems", "additionalItems", Null),
    ("Definitions", "definitions", Null),
    ("ExternalDocs", "externalDocs", Null),
    ("Example", "example", Null),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", Null),
    ("XEmbeddedResource", "x-kubernetes-embedded-resource", No),
    ("XIntOrString", "x-kubernetes-int-or-string", No),
    ("XListMapKeys", "x-kubernetes-list-map-keys", Null),
    ("XListType", "x-kubernetes-list-type", Null),
    ("XMapType", "x-kubernetes-map-type", Null),
];

const RULE: [(&str, &str, Zero); 6] = [
    ("Rule", "rule", Text),
    ("Message", "message", Text),
    ("MessageExpression", "messageExpression", Text),
    ("Reason", "reason", Null),
    ("FieldPath", "fieldPath", Text),
    ("OptionalOldSelf", "optionalOldSelf", Null),
];

fn fields(
    value: &Value,
    table: &[(&str, &str, Zero)],
    show: impl Fn(&str, &Value) -> String,
) -> String {
    let shown = table.iter().map(|(go, json, zero)| {
        let text = match (value.get(*json).filter(|value| !value.is_null()), zero) {
            (Some(value), _) => show(json, value),
            (None, Null) => "null".to_owned(),
            (None, Text) => "\"\"".to_owned(),
            (None, No) => "false".to_owned(),
        };
        format!("\"{go}\":{text}")
    });
    format!("{{{}}}", shown.collect::<Vec<_>>().join(","))
}

fn list(value: &Value, show: impl Fn(&Value) -> String) -> String {
    let items = value.as_array().into_iter().flatten().map(show);
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

/// Shows versions.
pub(super) fn versions(versions: &[Value]) -> String {
    let shown = versions.iter().map(|version| {
        fields(version, &VERSION, |name, value| match name {
            "schema" => {
                let below = value.get("openAPIV3Schema");
                format!("{{\"OpenAPIV3Schema\":{}}}", below.map_or("null".to_owned(), schema))
            }
            "subresources" => subresources(value),
            "additionalPrinterColumns" => list(value, column),
            "selectableFields" => list(value, |field| {
                format!("{{\"JSONPath\":{}}}", field.get("jsonPath").unwrap_or(&Value::Null))
            }),
            _ => value.to_string(),
        })
    });
    format!("[{}]", shown.collect::<Vec<_>>().join(","))
}

fn subresources(value: &Value) -> String {
    let status = if value.get("status").is_some_and(Value::is_object) { "{}" } else { "null" };
    let scale =
        value.get("scale").filter(|scale| scale.is_object()).map_or("null".to_owned(), |scale| {
            let table = [
                ("SpecReplicasPath", "specReplicasPath", Text),
                ("StatusReplicasPath", "statusReplicasPath", Text),
                ("LabelSelectorPath", "labelSelectorPath", Null),
            ];
            fields(scale, &table, |_, value| value.to_string())
        });
    format!("{{\"Status\":{status},\"Scale\":{scale}}}")
}

fn column(value: &Value) -> String {
    let table = [
        ("Name", "name", Text),
        ("Type", "type", Text),
        ("Format", "format", Text),
        ("Description", "description", Text),
    ];
    let start = fields(value, &table, |_, value| value.to_string());
    let start = start.trim_end_matches('}');
    let priority = value.get("priority").cloned().unwrap_or_else(|| 0.into());
    let path = value.get("jsonPath").cloned().unwrap_or_else(|| "".into());
    format!("{start},\"Priority\":{priority},\"JSONPath\":{path}}}")
}

/// Shows a schema.
pub(super) fn schema(value: &Value) -> String {
    let shown = fields(value, &SCHEMA, |name, value| match name {
        "items" => match value {
            Value::Array(_) => {
                format!("{{\"Schema\":null,\"JSONSchemas\":{}}}", list(value, schema))
            }
            value => format!("{{\"Schema\":{},\"JSONSchemas\":null}}", schema(value)),
        },
        "allOf" | "anyOf" | "oneOf" => list(value, schema),
        "not" => schema(value),
        "properties" | "patternProperties" | "definitions" => {
            let pairs = value.as_object().into_iter().flatten();
            let pairs = pairs
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), schema(value)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
        "additionalProperties" | "additionalItems" => match value {
            Value::Bool(allows) => format!("{{\"Allows\":{allows},\"Schema\":null}}"),
            value => format!("{{\"Allows\":true,\"Schema\":{}}}", schema(value)),
        },
        _ => value.to_string(),
    });
    let rules = value.get("x-kubernetes-validations").filter(|rules| rules.is_array());
    let rules = rules.map_or("null".to_owned(), |rules| list(rules, rule));
    format!("{},\"XValidations\":{rules}}}", shown.strip_suffix('}').unwrap_or(&shown))
}

/// Shows a rule.
pub(super) fn rule(value: &Value) -> String {
    fields(value, &RULE, |_, value| value.to_string())
}

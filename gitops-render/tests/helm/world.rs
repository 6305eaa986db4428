//! What charts know of the world is what they are given: the live state, time, chance.

use std::sync::Arc;

use gitops_core::{Object, Renderer as _, Tree};
use gitops_render::{HelmRenderer, helm::LiveState};
use serde_json::json;

use super::{chart, path};

fn asking(question: &str) -> Tree {
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {{a: {question}}}\n"
    );
    chart(&[("in/templates/a.yaml", &text)])
}

async fn answer(live: LiveState, question: &str) -> Result<String, String> {
    let renderer = HelmRenderer::new(path("in"), "demo", "demo-ns").with_live_state(live);
    let objects = renderer.render(&asking(question)).await.map_err(|err| err.to_string())?;
    Ok(objects[0].value()["data"]["a"].as_str().unwrap_or_default().to_owned())
}

fn known() -> LiveState {
    let secret = |namespace: &str| {
        let value = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": { "name": "s", "namespace": namespace }, "data": { "k": namespace },
        });
        Object::new(value, None).unwrap()
    };
    LiveState::Known(Arc::new(vec![secret("one"), secret("two")]))
}

const ONE: &str = r#"{{ (lookup "v1" "Secret" "two" "s").data | toJson | quote }}"#;
const ALL: &str = r#"{{ len (lookup "v1" "Secret" "" "").items | quote }}"#;

#[tokio::test]
async fn lookups_are_answered_from_what_is_known() {
    assert_eq!(answer(known(), ONE).await.unwrap(), r#"{"k":"two"}"#);
    assert_eq!(answer(known(), ALL).await.unwrap(), "2");
    let other = r#"{{ lookup "v1" "Secret" "three" "s" | toJson | quote }}"#;
    assert_eq!(answer(known(), other).await.unwrap(), "{}");
}

#[tokio::test]
async fn without_a_live_state_lookups_are_empty_or_refused() {
    assert_eq!(answer(LiveState::Unknown, ONE).await.unwrap(), "null");
    let refused = answer(LiveState::Refused, ONE).await.unwrap_err();
    assert!(refused.contains("looks up Secret two/s of v1"), "{refused}");
}

#[tokio::test]
async fn time_and_chance_are_given() {
    let password = r"{{ randAlphaNum 20 }}";
    let first = answer(LiveState::Unknown, password).await.unwrap();
    assert_eq!(answer(LiveState::Unknown, password).await.unwrap(), first);
    let now = r#"{{ now | date "2006-01-02" | quote }}"#;
    assert_eq!(answer(LiveState::Unknown, now).await.unwrap(), "1970-01-01");
}

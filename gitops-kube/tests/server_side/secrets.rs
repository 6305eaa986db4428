//! Values that nobody may see.

use gitops_core::{Change, DiffError, error};
use serde_json::{Value, json};

use crate::{on_every_server, world::fields};

on_every_server! {
    async fn values_of_secrets_are_marked(world: World) {
        let secret = |password: &str| {
            world.object(json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "a" },
                "stringData": { "password": password },
            }))
        };
        world.deliver(&secret("one")).await;
        assert!(matches!(world.diff(&secret("one")).await, Change::Unchanged { .. }));
        let change = world.diff(&secret("two")).await;
        assert_eq!(
            fields(&change),
            "data.password: \"b25l\" -> \"dHdv\" ours sensitive\n"
        );
        assert!(!format!("{change:?}").contains("dHdv"));
    }

    async fn texts_that_are_no_longer_desired_go(world: World) {
        let secret = |texts: Value| {
            world.object(json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "a" },
                "data": { "a": "MQ==" }, "stringData": texts,
            }))
        };
        world.deliver(&secret(json!({ "a": "2", "b": "3" }))).await;
        let path = "/api/v1/namespaces/{ns}/secrets/a";
        assert_eq!(world.get(path).await["data"], json!({ "a": "Mg==", "b": "Mw==" }));
        world.deliver(&secret(json!({}))).await;
        assert_eq!(world.get(path).await["data"], json!({ "a": "MQ==" }));
        assert!(matches!(world.diff(&secret(json!({}))).await, Change::Unchanged { .. }));
    }

    async fn errors_quote_no_secret(world: World) {
        let check = async |name: &str, field: &str, value: Value| {
            let desired = world.object(json!({
                "apiVersion": "v1", "kind": "Secret", "metadata": { "name": name },
                field: { "password": value },
            }));
            let err = world.diff_error(&desired).await;
            assert!(matches!(err, DiffError::Invalid { .. }));
            let text = format!("{} {err:?}", error::chain(&err));
            assert!(!text.contains("4711") && !text.contains("hunter"), "{text}");
            text
        };
        let text = check("a", "data", "hunter%".into()).await;
        assert!(text.contains(r#"data["password"] is no base64"#), "{text}");
        let text = check("a", "stringData", 4711.into()).await;
        assert!(text.contains(r#"stringData["password"] must be a string"#), "{text}");
        let text = check("A_A", "data", "aHVudGVyMg==".into()).await;
        assert!(text.contains("metadata.name"), "{text}");
        let text = check("a", "datum", "hunter2".into()).await;
        assert!(text.contains("withheld"), "{text}");
    }
}

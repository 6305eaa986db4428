//! What the differ says is what the applier does, whatever was live, whoever changed it.

use gitops_core::{Applier as _, ApplyError, Change, DiffError, Object, Outcome, Pin};
use serde_json::{Value, json};

use crate::world::{World, fields, seeds, worlds};

/// Numbers that only look random: the same seed gives the same numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }

    fn some(&mut self, keys: &[&str], values: &[Value]) -> Value {
        let chosen = keys.iter().filter(|_| self.roll(3) != 0).collect::<Vec<_>>();
        chosen.into_iter().map(|key| ((*key).to_owned(), self.one(values).clone())).collect()
    }
}

fn desired(world: &World, kind: u64, dice: &mut Dice) -> Object {
    let labels = dice.some(&["app", "example.com/tier"], &[json!("a"), json!("b"), json!("")]);
    let metadata = json!({ "name": "it", "labels": labels });
    let value = match kind {
        0 => json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
            "data": dice.some(&["a", "b", "c.d"], &[json!("1"), json!("2")]),
        }),
        1 => json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata,
            "data": dice.some(&["a", "b"], &[json!("MQ=="), json!("Mg==")]),
            "stringData": dice.some(&["b", "c"], &[json!("1"), json!("2")]),
        }),
        2 => json!({
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": {
                "selector": dice.some(&["app", "tier"], &[json!("a"), json!("b")]),
                "ports": ports(dice, "port"),
            },
        }),
        _ => json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {
                "replicas": dice.roll(3),
                "selector": { "matchLabels": { "app": "a" } },
                "template": {
                    "metadata": { "labels": { "app": "a" } },
                    "spec": { "containers": containers(dice) },
                },
            },
        }),
    };
    world.object(value)
}

fn ports(dice: &mut Dice, field: &str) -> Value {
    let protocols = [json!({}), json!({ "protocol": "TCP" }), json!({ "protocol": "UDP" })];
    let all = [80, 443, 8080].into_iter().filter(|port| *port == 80 || dice.roll(2) == 0);
    let all: Vec<u16> = all.collect();
    let mut list = Vec::new();
    for port in all {
        let mut item = dice.one(&protocols).clone();
        item[field] = port.into();
        item["name"] = format!("p{port}").into();
        list.push(item);
    }
    if dice.roll(2) == 0 {
        list.reverse();
    }
    list.into()
}

fn containers(dice: &mut Dice) -> Value {
    let mut list = Vec::new();
    for name in ["app", "side", "log"] {
        if name != "app" && dice.roll(2) == 0 {
            continue;
        }
        let values = [json!("1"), json!("2")];
        let env = dice.some(&["A", "B", "C"], &values);
        let env = env.as_object().unwrap().iter();
        let env: Vec<_> =
            env.map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let mut item = json!({ "name": name, "image": dice.one(&["i:1", "i:2"]), "env": env });
        if dice.roll(2) == 0 {
            item["ports"] = ports(dice, "containerPort");
        }
        if dice.roll(2) == 0 {
            item["resources"] =
                json!({ "limits": { "cpu": dice.one(&[json!("1"), json!("1000m"), json!(1)]) } });
        }
        if dice.roll(2) == 0 {
            item["args"] = json!(["--a", dice.roll(2).to_string()]);
        }
        list.push(item);
    }
    if dice.roll(2) == 0 {
        list.reverse();
    }
    list.into()
}

// Compares, applies whatever the comparison says, and checks that they agree. Says whether the
// object was accepted.
async fn step(
    world: &World,
    path: &str,
    desired: &Object,
    seed: u64,
    transcript: &mut String,
) -> bool {
    let said = world.diff_taking(desired, "rival").await;
    // Applied even where nothing is said to differ, so that the server is the judge.
    let before = world.find(path).await;
    let change = match before.clone() {
        None => Change::Create { desired: desired.clone(), after: None },
        Some(live) => Change::Update {
            desired: desired.clone(),
            live: pin(&live),
            fields: said.as_ref().map(|said| said.fields().to_vec()).unwrap_or_default(),
            takes: said.as_ref().map(|said| said.takes().to_vec()).unwrap_or_default(),
        },
    };
    let done = world.applier.apply(&change).await;
    let outcome = match (&said, done) {
        (Ok(_), Ok(outcome)) => outcome,
        // Taking an empty mapping changes nothing, so that nothing is taken.
        (Ok(Change::Unchanged { .. }), Err(ApplyError::Conflict { .. })) => Outcome::Unchanged,
        // What a rival holds on to may not go together with what is desired.
        (
            Err(DiffError::Invalid { .. }),
            Err(ApplyError::Invalid { .. } | ApplyError::Conflict { .. }),
        ) => {
            *transcript += "invalid\n";
            return false;
        }
        (said, done) => panic!("seed {seed}: said {said:?}, and then {done:?}"),
    };
    let said = said.unwrap();
    *transcript += said.verb();
    *transcript += "\n";
    *transcript += &fields(&said);
    let expected = match &said {
        Change::Create { .. } => Outcome::Created,
        Change::Unchanged { .. } => Outcome::Unchanged,
        _ => Outcome::Updated,
    };
    if outcome != expected {
        // An apply of an empty mapping that others have filled only stamps a time, at most once a
        // second: there is nothing to do.
        assert!(expected == Outcome::Unchanged && outcome == Outcome::Updated, "seed {seed}");
        let (before, now) = (before.map(content), world.find(path).await.map(content));
        assert_eq!(before, now, "seed {seed}: {desired:?} was said not to differ");
    }
    let again = world.diff_taking(desired, "rival").await.unwrap();
    assert!(matches!(again, Change::Unchanged { .. }), "seed {seed}: {}", fields(&again));
    true
}

fn content(mut live: Value) -> Value {
    let metadata = live["metadata"].as_object_mut().unwrap();
    metadata.remove("managedFields");
    metadata.remove("resourceVersion");
    live
}

fn pin(live: &Value) -> Pin {
    let text = |key: &str| live["metadata"][key].as_str().unwrap().to_owned();
    Pin { uid: text("uid"), resource_version: text("resourceVersion") }
}

// Returns what was said, step by step.
async fn run(world: &World, kind: u64, path: &str, seed: u64) -> String {
    let mut dice = Dice(seed * 0x9e37_79b9 + 1);
    for _ in 0..6 {
        dice.roll(2);
    }
    let mut last = desired(world, kind, &mut dice);
    let mut said = String::new();
    let mut accepted = step(world, path, &last, seed, &mut said).await;
    for _ in 0..4 {
        match dice.roll(4) {
            0 => {
                let edit = json!({ "metadata": { "labels": { "app": dice.one(&["a", "x"]) } } });
                world.edit(path, "rival", edit).await;
            }
            1 => {
                let edit = json!({ "metadata": { "labels": { "app": null, "other": "o" } } });
                world.edit(path, "rival", edit).await;
            }
            2 if accepted => drop(world.seize(path, "rival", &last).await),
            _ => {}
        }
        if dice.roll(3) != 0 {
            last = desired(world, kind, &mut dice);
        }
        accepted = step(world, path, &last, seed, &mut said).await;
    }
    said
}

// Every server is judged by itself, and all have to say the same.
async fn check(kind: u64, path: &str) {
    for seed in 0..seeds() {
        let mut before: Option<String> = None;
        for world in worlds().await {
            let said = run(&world, kind, path, seed).await;
            let same = before.as_ref().is_none_or(|before| *before == said);
            assert!(same, "seed {seed}: one server says\n{}\nand another\n{said}", before.unwrap());
            before = Some(said);
        }
    }
}

#[tokio::test]
async fn comparing_and_applying_agree_on_config_maps() {
    check(0, "/api/v1/namespaces/{ns}/configmaps/it").await;
}

#[tokio::test]
async fn comparing_and_applying_agree_on_secrets() {
    check(1, "/api/v1/namespaces/{ns}/secrets/it").await;
}

#[tokio::test]
async fn comparing_and_applying_agree_on_services() {
    check(2, "/api/v1/namespaces/{ns}/services/it").await;
}

#[tokio::test]
async fn comparing_and_applying_agree_on_deployments() {
    check(3, "/apis/apps/v1/namespaces/{ns}/deployments/it").await;
}

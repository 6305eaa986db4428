//! How objects are: a few fields in, both profiles out.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

#[path = "health/objects.rs"]
mod objects;
#[path = "health/pods.rs"]
mod pods;
#[path = "health/workloads.rs"]
mod workloads;

use expect_test::Expect;
use gitops_core::{
    Object,
    health::{Profile, assess},
};
use jiff::Timestamp;
use serde_json::{Value, json};

const NOW: &str = "2026-01-01T00:01:00Z";

/// Reads `apiVersion Kind` and lines of `path = JSON`, which a backslash continues, and compares
/// what each profile says.
fn check(text: &str, expected: &Expect) {
    let now: Timestamp = NOW.parse().unwrap();
    let object = read(text);
    let say = |profile| {
        let health = assess(&object, profile, now);
        format!("{:?}: {}", health.status, health.message)
    };
    let (kstatus, strict) = (say(Profile::Kstatus), say(Profile::Strict));
    if kstatus == strict {
        return expected.assert_eq(&kstatus);
    }
    expected.assert_eq(&format!("kstatus {kstatus}\nstrict {strict}"));
}

fn read(text: &str) -> Object {
    let text = text.replace("\\\n", "");
    let mut lines = text.trim().lines().map(str::trim);
    let (api_version, kind) = lines.next().unwrap().split_once(' ').unwrap();
    let mut value = json!({
        "apiVersion": api_version, "kind": kind, "metadata": { "namespace": "shop", "name": "web" },
    });
    for line in lines {
        let (path, field) = line.split_once(" = ").unwrap();
        let place = path.split('.').fold(&mut value, |value, key| &mut value[key]);
        *place = serde_json::from_str::<Value>(field).unwrap();
    }
    Object::try_from(value).unwrap()
}

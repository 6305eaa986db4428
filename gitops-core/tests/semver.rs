//! Versions and ranges, as Masterminds' semver 3.5.0 judges them.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use gitops_core::semver::{
    CONSTRAINT_BYTES_MAX, CONSTRAINT_GROUPS_MAX, Constraint, ConstraintError, VERSION_BYTES_MAX,
    Version, VersionError,
};
use proptest::prelude::*;

fn version(text: &str) -> Version {
    text.parse().unwrap_or_else(|err| panic!("{text}: {err}"))
}

fn constraint(text: &str) -> Constraint {
    text.parse().unwrap_or_else(|err| panic!("{text}: {err}"))
}

/// Which of `versions` are in `range`.
fn check(range: &str, versions: &[&str], expected: &[&str]) {
    let range_read = constraint(range);
    let found: Vec<_> =
        versions.iter().copied().filter(|text| range_read.check(&version(text))).collect();
    assert_eq!(found, expected, "{range}");
}

#[test]
fn operators_choose_versions() {
    let all = ["0.1.0", "0.2.5", "1.0.0", "1.2.0", "v1.2.9", "1.3.0", "2.0.0", "2.1.0-rc.1"];
    check("^1.2", &all, &["1.2.0", "v1.2.9", "1.3.0"]);
    check("^0.2.3", &all, &["0.2.5"]);
    check("^0", &all, &["0.1.0", "0.2.5"]);
    check("~1.2", &all, &["1.2.0", "v1.2.9"]);
    check("~> 1", &all, &["1.0.0", "1.2.0", "v1.2.9", "1.3.0"]);
    check(">=1.2 <2", &all, &["1.2.0", "v1.2.9", "1.3.0"]);
    check(">=1.2, !=1.2.x", &all, &["1.3.0", "2.0.0"]);
    check("1.2 - 1.3", &all, &["1.2.0", "v1.2.9", "1.3.0"]);
    check("1.2", &all, &["1.2.0", "v1.2.9"]);
    check("=1.2.0", &all, &["1.2.0"]);
    check("1.x || 2", &all, &["1.0.0", "1.2.0", "v1.2.9", "1.3.0", "2.0.0"]);
    check(">1.2", &all, &["1.3.0", "2.0.0"]);
    check("<=1.2", &all, &["0.1.0", "0.2.5", "1.0.0", "1.2.0", "v1.2.9"]);
    check("*", &all, &all[..7]);
}

#[test]
fn a_pre_release_needs_a_range_that_names_one() {
    let all = ["1.19.0-alpha", "1.19.0", "1.20.3-gke.100", "1.20.3"];
    check(">=1.19", &all, &["1.19.0", "1.20.3"]);
    check(">=1.19-0", &all, &all);
    check(">=1.19.0-beta", &all, &["1.19.0", "1.20.3-gke.100", "1.20.3"]);
    check(">=1.20 || =1.19.0-alpha", &all, &["1.19.0-alpha", "1.20.3"]);
}

#[test]
fn versions_are_ordered() {
    let sorted = [
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.2",
        "v2",
        "10.0.0",
    ];
    for pair in sorted.windows(2) {
        assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
    }
    assert_eq!(version("1.0.0+a"), version("v1.0+b"));
}

#[test]
fn what_is_wrong_with_a_version_is_said() {
    let check = |text: &str, expected: &str| {
        assert_eq!(text.parse::<Version>().unwrap_err().to_string(), expected, "{text:?}");
    };
    check("", "invalid semantic version");
    check("1.2.3.4", "invalid semantic version");
    check("V1", "invalid semantic version");
    check("1.0.0-01", "version segment starts with 0");
    check(
        "99999999999999999999",
        "error parsing version segment: strconv.ParseUint: \
         parsing \"99999999999999999999\": value out of range",
    );
    let strict = |text: &str| Version::parse_strict(text).unwrap_err();
    assert_eq!(strict(""), VersionError::Empty);
    assert_eq!(strict("1.2"), VersionError::Invalid);
    assert_eq!(strict("v1.2.3"), VersionError::Characters);
    assert_eq!(strict("1.02.3"), VersionError::LeadingZero);
    assert_eq!(strict("1.2.3-a..b"), VersionError::Prerelease);
    assert_eq!(strict("1.2.3+a..b"), VersionError::Metadata);
    assert_eq!(Version::parse_strict("1.2.3-a+b").unwrap().to_string(), "1.2.3-a+b");
}

#[test]
fn what_is_wrong_with_a_constraint_is_said() {
    let check = |text: &str, expected: &str| {
        assert_eq!(text.parse::<Constraint>().unwrap_err().to_string(), expected, "{text:?}");
    };
    check("", r#"improper constraint: """#);
    check("1.2 ||", r#"improper constraint: """#);
    check(">> 1", r#"improper constraint: ">> 1""#);
    check("1.2\u{a0}", r#"improper constraint: "1.2\u00a0""#);
    check("1.2 | 1.3", "constraint parser error");
    check(">=1.2 - 1.4", r#"improper constraint: ">=>= 1.2, <= 1.4 ""#);
}

#[test]
fn limits_hold() {
    let exact = format!("1.0.0-{}", "a".repeat(VERSION_BYTES_MAX - 6));
    assert!(exact.parse::<Version>().is_ok());
    assert_eq!(format!("{exact}a").parse::<Version>(), Err(VersionError::TooLong));
    let groups = vec!["1"; CONSTRAINT_GROUPS_MAX].join("||");
    assert!(groups.parse::<Constraint>().is_ok());
    let more = format!("{groups}||1");
    assert_eq!(more.parse::<Constraint>(), Err(ConstraintError::TooManyGroups));
    let long = format!("1{}", " ".repeat(CONSTRAINT_BYTES_MAX - 1));
    assert!(long.parse::<Constraint>().is_ok());
    assert_eq!(format!("{long} ").parse::<Constraint>(), Err(ConstraintError::TooLong));
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,40}", range in "[-0-9xX*|.~^<>=!, va+]{0,40}") {
        let _ = text.parse::<Version>();
        let _ = text.parse::<Constraint>();
        if let Ok(range) = range.parse::<Constraint>() {
            let again: Constraint = range.to_string().parse().unwrap();
            prop_assert_eq!(range, again);
        }
    }

    #[test]
    fn a_version_reads_back(major: u64, minor: u64, patch: u64, pre in "(-[a-z]{1,3}(\\.[1-9])?)?") {
        let text = format!("{major}.{minor}.{patch}{pre}");
        let read = version(&text);
        prop_assert_eq!(read.to_string(), text.clone());
        let is_exact = constraint(&format!("={text}")).check(&read);
        prop_assert!(is_exact);
    }
}

//! Each limit is reached, and said.

use gitops_render::helm::template::{Environment, Limits, limits};

use super::{environment, render, render_in};

fn limited(change: impl FnOnce(&mut Limits) + Send) -> impl FnOnce() -> Environment + Send {
    move || {
        let mut environment = environment();
        change(&mut environment.limits);
        environment
    }
}

#[track_caller]
fn says(got: &str, part: &str) {
    assert!(got.starts_with("ERR ") && got.contains(part), "{got}");
}

#[test]
fn recursion_of_include_ends_where_helm_ends_it() {
    let got = render(r#"{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}"#);
    says(&got, "rendering template has a nested reference name: a: unable to execute template");
}

#[test]
fn recursion_of_template_and_tpl_ends() {
    let got = render(r#"{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}"#);
    says(&got, &format!("exceeded maximum template depth ({})", limits::TEMPLATE_DEPTH_MAX));
    let got = render_in(
        limited(|limits| limits.depth = 9),
        r#"{{ $t := "{{ tpl .t . }}" }}{{ tpl $t (dict "t" $t) }}"#,
    );
    says(&got, "exceeded maximum template depth (9)");
}

#[test]
fn output_is_bounded() {
    let few = || limited(|limits| limits.output_bytes = 100);
    says(&render_in(few(), r#"{{ repeat 101 "x" }}"#), "more than 100 bytes");
    says(&render_in(few(), r"{{ range until 200 }}x{{ end }}"), "more than 100 bytes");
    says(&render_in(few(), r#"{{ printf "%999d" 1 }}"#), "more than 100 bytes");
    says(&render_in(few(), r#"{{ indent 200 "x" }}"#), "more than 100 bytes");
}

#[test]
fn ranges_and_lists_are_bounded() {
    let few = || limited(|limits| limits.range_steps = 10);
    says(&render_in(few(), "{{ range 11 }}{{ end }}"), "more than 10 elements");
    let few = || limited(|limits| limits.list_items = 10);
    says(&render_in(few(), "{{ until 11 }}"), "at most 10 elements");
    says(&render_in(few(), "{{ concat (until 6) (until 6) }}"), "at most 10 elements");
}

#[test]
fn values_in_many_places_are_looked_at_so_often() {
    let twice = "{{ $x := list 1 }}{{ range 40 }}{{ $x = list $x $x }}{{ end }}";
    let few = || limited(|limits| limits.unfolded_values = 1_000);
    for use_of_all in ["$x", "toYaml $x", "quote $x", "deepCopy $x", "has 2 (list $x)"] {
        let got = render_in(few(), &format!("{twice}{{{{ {use_of_all} }}}}"));
        says(&got, "unfold more than 1000 values");
    }
    assert_eq!(render_in(few(), &format!("{twice}{{{{ len $x }}}}")), "2");
    let maps = "{{ $x := dict }}{{ range 40 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}";
    says(&render_in(few(), &format!("{maps}{{{{ merge (dict) $x }}}}")), "unfold more than");
}

#[test]
fn lists_and_arguments_add_up() {
    let few = || limited(|limits| limits.items_made = 100);
    let got = render_in(few(), "{{ $l := until 60 }}{{ $l = rest $l }}");
    says(&got, "lists of more than 100 elements");
    let few = || limited(|limits| limits.argument_bytes = 1_000);
    let got =
        render_in(few(), r#"{{ $s := repeat 99 "x" }}{{ range 99 }}{{ $_ := upper $s }}{{ end }}"#);
    says(&got, "given more than 1000 bytes");
}

#[test]
fn what_is_kept_for_later_does_not_add_up() {
    let many = limits::KEPT_TEXTS_MAX + 2;
    let got = render(&format!(
        r#"{{{{ range {many} }}}}{{{{ $_ := tpl (printf "{{{{ %d }}}}" .) $ }}}}{{{{ end }}}}{{{{ tpl "{{{{ 7 }}}}" . }}}}"#
    ));
    assert_eq!(got, "7");
}

#[test]
fn regular_expressions_are_bounded() {
    let got = render_in(
        limited(|limits| limits.regex_bytes = 1_000),
        r#"{{ mustRegexMatch "(\\pL{50}){10}" "x" }}"#,
    );
    says(&got, "expression too large");
}

#[test]
fn groups_and_repetitions_of_regular_expressions_are_bounded() {
    let says_of = |pattern: &str, part: &str| {
        says(&render(&format!(r#"{{{{ mustRegexMatch "{pattern}" "x" }}}}"#)), part);
    };
    says_of(&["(".repeat(1_001), ")".repeat(1_001)].concat(), "expression nests too deeply");
    says_of("x{1001}", "invalid repeat count");
}

#[test]
fn a_long_password_is_not_hashed() {
    let got = render(r#"{{ bcrypt (repeat 73 "x") }}"#);
    assert!(got.contains("password length exceeds 72 bytes"), "{got}");
}

#[test]
fn nesting_of_all_open_templates_is_bounded() {
    // Each call opens the blocks of the template anew.
    let blocks = limits::NESTING_MAX / 2 - 2;
    let (open, close) = ("{{ if true }}".repeat(blocks), "{{ end }}".repeat(blocks));
    let text = format!(
        r#"{{{{ define "a" }}}}{open}{{{{ template "a" . }}}}{close}{{{{ end }}}}{{{{ template "a" . }}}}"#
    );
    says(&render(&text), &format!("templates nest deeper than {}", limits::OPEN_NESTING_MAX));
}

#[test]
fn nesting_of_one_template_is_bounded() {
    let deep = "(".repeat(limits::NESTING_MAX + 1);
    says(&render(&format!("{{{{ {deep} }}}}")), "max expression depth exceeded");
    let deep = "{{ if true }}".repeat(limits::NESTING_MAX + 1);
    says(&render(&deep), "max expression depth exceeded");
}

#[test]
fn a_small_stack_allows_little_nesting() {
    let depth = limits::OPEN_NESTING_SHALLOW_MAX + 1;
    let text = ["{{ if true }}".repeat(depth), "{{ end }}".repeat(depth)].concat();
    let file = gitops_render::helm::template::TemplateFile {
        name: "x".into(),
        base_path: String::new(),
        text: text.into(),
        data: gitops_render::helm::value::Value::Nil,
    };
    let mut engine = gitops_render::helm::template::Engine::new(environment());
    let error = engine.render(&[file]).unwrap_err().to_string();
    assert!(error.contains("templates nest deeper than"), "{error}");
}

#[test]
fn values_that_hold_themselves_are_printed_to_an_end() {
    let cycle = r#"{{ $d := dict }}{{ $_ := set $d "d" $d }}"#;
    assert!(render(&format!("{cycle}{{{{ $d }}}}")).contains("..."));
    assert_eq!(render(&format!("{cycle}{{{{ toYaml $d }}}}")), "");
    says(&render(&format!("{cycle}{{{{ deepCopy $d }}}}")), "nests deeper than");
    for use_of_all in ["merge $d $d", "toJson $d", "toToml $d", "deepEqual $d (dict \"d\" $d)"] {
        let _ = render(&format!("{cycle}{{{{ $r := {use_of_all} }}}}"));
    }
}

#[test]
fn very_deep_values_are_dropped_without_recursion() {
    let got = render("{{ $x := list }}{{ range 200000 }}{{ $x = list $x }}{{ end }}{{ len $x }}");
    assert_eq!(got, "1");
}

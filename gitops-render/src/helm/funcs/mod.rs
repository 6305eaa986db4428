//! The functions that templates call: Go's own, sprig's and Helm's, each with its Go signature.

mod args;
mod builtin;
mod cast;
mod certificates;
mod class;
mod compare;
mod dates;
mod decimal;
mod defaults;
mod dicts;
mod digest;
mod durations;
mod encode;
mod equal;
mod escape;
mod flow;
mod json;
mod json_read;
mod keys;
mod layout;
mod lists;
mod math;
mod merge;
mod moment;
mod montgomery;
mod number_text;
mod password;
mod paths;
mod pattern;
mod pem;
mod primes;
mod random;
mod reflect;
mod regex;
mod regexp;
mod rsa;
mod scrypt;
mod semver;
mod strings;
mod time_read;
mod toml;
mod toml_read;
mod urls;
mod words;
mod wrap;
mod yaml;
mod yaml_pretty;

use super::template::Failure;
use super::value::{Signature, Type, Value};

pub(crate) use super::template::Call;
pub(crate) use args::list_bytes;
pub(crate) use number_text::{duration_round, duration_text, duration_truncate};
pub(crate) use password::MasterKey;
pub(crate) use pattern::Pattern;
pub(in crate::helm) use regex::Regex;
pub(crate) use yaml::yaml_text;

/// What a function answers.
type Answer = Result<Value, Failure>;
/// The code of a function; its arguments fit its signature.
type Run = fn(&mut Call<'_>, &[Value]) -> Answer;

/// A function that templates know by a name.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) signature: Signature,
    pub(crate) builtin: Option<Builtin>,
    /// Whether it looks at all that is within its arguments, at each place where it is.
    pub(crate) unfolds: bool,
    pub(crate) run: Run,
}

/// Functions whose arguments the evaluator treats in a way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Or,
    Call,
}

/// The functions that look at all that is within their arguments, at each place where it is.
const UNFOLDING: &[&str] = &[
    "cat",
    "deepCopy",
    "deepEqual",
    "fail",
    "has",
    "html",
    "join",
    "js",
    "merge",
    "mergeOverwrite",
    "mustDeepCopy",
    "mustHas",
    "mustMerge",
    "mustMergeOverwrite",
    "mustToJson",
    "mustToPrettyJson",
    "mustToRawJson",
    "mustToToml",
    "mustToYaml",
    "mustUniq",
    "mustWithout",
    "print",
    "printf",
    "println",
    "quote",
    "sortAlpha",
    "squote",
    "toDecimal",
    "toJson",
    "toPrettyJson",
    "toRawJson",
    "toString",
    "toStrings",
    "toToml",
    "toYaml",
    "toYamlPretty",
    "uniq",
    "urlJoin",
    "urlquery",
    "without",
];

/// A function with so many parameters.
const fn fixed(name: &'static str, params: &'static [Type], result: Type, run: Run) -> Function {
    function(name, Signature { params, variadic: false, result }, run)
}

/// A function whose last parameter may come any number of times.
const fn variadic(name: &'static str, params: &'static [Type], result: Type, run: Run) -> Function {
    function(name, Signature { params, variadic: true, result }, run)
}

const fn function(name: &'static str, signature: Signature, run: Run) -> Function {
    let (mut unfolds, mut at) = (false, 0);
    while at < UNFOLDING.len() {
        unfolds = unfolds || is_same(UNFOLDING[at].as_bytes(), name.as_bytes());
        at += 1;
    }
    Function { name, signature, builtin: None, unfolds, run }
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// All tables; no name is in them twice.
const TABLES: &[&[Function]] = &[
    builtin::TABLE,
    compare::TABLE,
    escape::TABLE,
    strings::TABLE,
    words::TABLE,
    math::TABLE,
    lists::TABLE,
    dicts::TABLE,
    merge::TABLE,
    defaults::TABLE,
    reflect::TABLE,
    encode::TABLE,
    json::TABLE,
    yaml::TABLE,
    digest::TABLE,
    random::TABLE,
    regexp::TABLE,
    paths::TABLE,
    semver::TABLE,
    urls::TABLE,
    toml::TABLE,
    certificates::TABLE,
    password::TABLE,
    dates::TABLE,
    durations::TABLE,
    flow::TABLE,
];

/// The JSON value that `text` begins with, and where it ends.
pub(in crate::helm) fn leading_json(text: &[u8]) -> Result<(serde_json::Value, usize), String> {
    let (value, end) = json_read::read_first(text)?;
    Ok((yaml::to_json(&value, 0).map_err(|failure| failure.text())?, end))
}

/// How many places the index has: some four for each function.
const PLACES: usize = 1024;

/// The functions by a hash of their names, made when this is compiled: each at its place or at the
/// next that was free.
static INDEX: [Option<&'static Function>; PLACES] = {
    let mut index = [None; PLACES];
    let mut table = 0;
    while table < TABLES.len() {
        let mut row = 0;
        while row < TABLES[table].len() {
            let function = &TABLES[table][row];
            let mut at = place(function.name.as_bytes());
            while index[at].is_some() {
                at = (at + 1) % PLACES;
            }
            index[at] = Some(function);
            row += 1;
        }
        table += 1;
    }
    index
};

/// Where a name is to be looked for first: FNV-1a.
const fn place(name: &[u8]) -> usize {
    let (mut hash, mut at) = (0x811c_9dc5_u32, 0);
    while at < name.len() {
        hash = (hash ^ name[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    ((hash >> 16) ^ hash) as usize % PLACES
}

/// The function of that name.
pub(crate) fn find(name: &[u8]) -> Option<&'static Function> {
    let mut at = place(name);
    loop {
        let function = INDEX[at]?;
        if function.name.as_bytes() == name {
            return Some(function);
        }
        at = (at + 1) % PLACES;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_has_a_name_of_its_own() {
        let mut names: Vec<&str> =
            TABLES.iter().copied().flatten().map(|function| function.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        assert!(names.iter().all(|name| find(name.as_bytes()).is_some()));
        assert!(find(b"nothing").is_none());
    }
}

//! The rules of the traits, as tests.
//!
//! A backend brings a harness and runs one macro for each trait it implements. Every rule is a
//! test of its own, named after the rule:
//!
//! ```text
//! mod source {
//!     gitops_core::conformance::source!(super::MyHarness);
//! }
//! mod inventory {
//!     gitops_core::conformance::inventory!(super::MyHarness, skip {
//!         i2_outdated_save_is_refused: "the store has one writer only",
//!     });
//! }
//! ```
//!
//! A rule that a backend cannot keep is left out by name and with the reason, never by silence. The
//! tests need `tokio` with `macros` and `rt`. They are not covered by semantic versioning: a patch
//! release may add a rule.

pub mod applier;
pub mod cluster;
pub mod differ;
pub mod inventory;
pub mod renderer;
pub mod source;
pub mod tree;

use std::fmt;

use futures_util::future::BoxFuture;

pub use crate::{
    __applier_conformance as applier, __differ_conformance as differ,
    __inventory_conformance as inventory, __renderer_conformance as renderer,
    __source_conformance as source, __tree_conformance as tree,
};

/// One rule, ready to run: each run starts a harness of its own.
#[derive(Clone, Copy)]
pub struct Rule {
    /// The name, such as `s3_unknown_is_not_found`.
    pub name: &'static str,
    /// Runs the rule; it panics where the rule is broken.
    pub run: fn() -> BoxFuture<'static, ()>,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.name).finish()
    }
}

/// One entry of a tree that a harness is to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File<'a> {
    /// A file with this content.
    Regular(&'a str),
    /// A file that may be run, with this content.
    Executable(&'a str),
    /// A link to this target.
    Link(&'a str),
}

/// Says on the standard error that a rule is left out.
#[doc(hidden)]
#[allow(clippy::print_stderr, reason = "a test that does not run says so to whoever runs it")]
pub fn skipped(rule: &str, why: &str) {
    eprintln!("{rule} is skipped: {why}");
}

/// Expands to one test for each rule.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    (($suite:path, $harness:ty, $skips:tt) $($rule:ident),* $(,)?) => {
        $crate::__conformance_skips_exist!($suite, $harness, $skips);
        $(
            #[tokio::test]
            async fn $rule() {
                use $suite as suite;
                let skip: Option<&str> = $crate::__conformance_skip!($skips, $rule);
                if let Some(why) = skip {
                    $crate::conformance::skipped(stringify!($rule), why);
                    return;
                }
                suite::$rule(<$harness as suite::Harness>::start().await).await;
            }
        )*
    };
}

/// Expands to the list of rules as values.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_list {
    (($harness:ident) $($rule:ident),* $(,)?) => {
        vec![$($crate::conformance::Rule {
            name: stringify!($rule),
            run: || Box::pin(async { $rule(<$harness>::start().await).await }),
        }),*]
    };
}

/// Looks up why a rule is skipped.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_skip {
    ([], $rule:ident) => {
        None
    };
    ([{ $($skip:ident : $why:literal),* $(,)? }], $rule:ident) => {
        [$((stringify!($skip), $why)),*]
            .into_iter()
            .find(|(skip, _)| *skip == stringify!($rule))
            .map(|(_, why)| why)
    };
}

/// Does not compile when a skipped rule does not exist.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_skips_exist {
    ($suite:path, $harness:ty, []) => {};
    ($suite:path, $harness:ty, [{ $($skip:ident : $why:literal),* $(,)? }]) => {
        const _: () = {
            use $suite as suite;
            $(let _ = suite::$skip::<$harness>;)*
        };
    };
}

//! The texts of errors, as recorded from Helm.

use super::check;

#[test]
fn errors_are_as_recorded() {
    check(include_str!("errors.txt"));
}

//! What functions and actions print, as recorded from Helm.

use super::check;

#[test]
fn functions_are_as_recorded() {
    check(include_str!("functions.txt"));
}

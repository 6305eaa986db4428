//! What programs linked against musl copy and compare bytes with.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::{path::Path, process::Command};

#[test]
#[expect(clippy::disallowed_methods, reason = "the functions are C, as their test is")]
fn bytes_are_copied_and_compared_as_the_c_standard_says() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("memory_test");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("render/memory_test.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-O2", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&program).arg(source);
    assert!(compiler.status().unwrap().success());
    let tried = Command::new(program).output().unwrap();
    assert!(tried.status.success(), "{}", String::from_utf8_lossy(&tried.stdout));
}

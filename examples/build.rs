//! Links the example `render` statically where the system has a static C library: it runs once per
//! question, so what the dynamic linker does at each start would be most of its time.

use std::{env, fs, os::unix::fs::symlink, path::PathBuf, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") || !is("PROFILE","release") {
        return;
    }
    let dir = PathBuf::from(env::var_os("OUT_DIR").unwrap()).join("static");
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    for (name, found) in [("c","c"),("m","m"),("util","util"),("rt","rt"),("pthread","pthread"),("dl","dl"),("gcc_s","gcc_eh")] {
        let out = Command::new("cc").arg(format!("-print-file-name=lib{found}.a")).output().unwrap();
        let path = PathBuf::from(String::from_utf8(out.stdout).unwrap().trim());
        assert!(path.is_absolute());
        symlink(path, dir.join(format!("lib{name}.a"))).unwrap();
    }
    for arg in ["-static".to_owned(), "-no-pie".to_owned(), format!("-L{}", dir.display())] {
        println!("cargo::rustc-link-arg-examples={arg}");
    }
}

//! Links the programs of a release build without a dynamic linker, where the system has the C
//! library for it: `render` runs once per question, and loading libraries would be much of its time.
//! Programs linked against musl, which are so by themselves, get functions for memory instead.

use std::{env, fs, io, path::Path, process::Command};

/// What copies and compares bytes in programs linked against musl.
const MEMORY: &str = "render/memory.c";

/// The libraries that the standard library names, and the static ones that stand for them.
const LIBRARIES: [(&str, &[&str]); 7] = [
    ("c", &["c", "gcc_eh", "gcc"]),
    ("dl", &["dl"]),
    ("gcc_s", &["gcc_eh"]),
    ("m", &["m"]),
    ("pthread", &["pthread"]),
    ("rt", &["rt"]),
    ("util", &["util"]),
];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={MEMORY}");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_ENV", "musl") && is("CARGO_CFG_TARGET_ARCH", "x86_64") {
        cc::Build::new()
            .file(MEMORY)
            .opt_level(2)
            // No loop in it may become a call of the function that it stands for.
            .flag("-fno-builtin")
            .flag_if_supported("-fno-tree-loop-distribute-patterns")
            .link_lib_modifier("+whole-archive")
            .compile("memory");
        return Ok(());
    }
    let here = env::var("HOST").is_ok_and(|host| is("TARGET", &host));
    if !here || !is("CARGO_CFG_TARGET_ENV", "gnu") || !is("PROFILE", "release") {
        return Ok(());
    }
    let Some(out) = env::var_os("OUT_DIR") else { return Ok(()) };
    let folder = Path::new(&out).join("static");
    if collect(&folder)? {
        for arg in ["-static", "-no-pie", &format!("-L{}", folder.display())] {
            println!("cargo::rustc-link-arg-examples={arg}");
        }
    }
    Ok(())
}

/// Names every library in `folder`; whether the system has them all.
fn collect(folder: &Path) -> io::Result<bool> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    for (name, stand_for) in LIBRARIES {
        let Some(found) = stand_for.iter().map(|name| find(name)).collect::<Option<Vec<_>>>()
        else {
            return Ok(false);
        };
        // A script of the linker, not a library, so that it is found under the other name. The C
        // library and the compiler's own need each other.
        let script = format!("GROUP({})\n", found.join(" "));
        fs::write(folder.join(format!("lib{name}.a")), script)?;
    }
    Ok(true)
}

#[expect(clippy::disallowed_methods, reason = "the compiler knows where its libraries are")]
fn find(name: &str) -> Option<String> {
    let asked = format!("-print-file-name=lib{name}.a");
    let answer = Command::new("cc").arg(asked).output().ok()?;
    // The compiler repeats the bare name of a library that it does not find.
    let found = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
    Path::new(&found).is_absolute().then_some(found)
}

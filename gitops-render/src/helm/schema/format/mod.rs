//! The formats of text that a schema can ask for.

mod address;
mod time;

/// Checks `text` against a format; one that is unknown takes everything.
pub(super) fn check(name: &str, text: &str) -> Result<(), String> {
    match name {
        "ipv4" => address::ipv4(text),
        "ipv6" => address::ipv6(text),
        "hostname" => address::hostname(text),
        "email" => address::email(text),
        "uri" | "iri" => address::uri(text),
        "uri-reference" | "iri-reference" => address::uri_reference(text),
        "date" => time::date(text),
        "time" => time::time(text),
        "date-time" => time::date_time(text),
        "duration" => time::duration(text),
        "uuid" => uuid(text),
        "json-pointer" => json_pointer(text),
        _ => Ok(()),
    }
}

fn uuid(text: &str) -> Result<(), String> {
    let sizes = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    if groups.len() != sizes.len() {
        return Err("must have 5 elements".to_owned());
    }
    for (index, (group, size)) in groups.iter().zip(sizes).enumerate() {
        if group.len() != size {
            return Err(format!("element {} must be {size} characters long", index + 1));
        }
        if let Some(char) = group.chars().find(|char| !char.is_ascii_hexdigit()) {
            return Err(format!("non-hex character {char:?}"));
        }
    }
    Ok(())
}

fn json_pointer(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    if !text.starts_with('/') {
        return Err("not starting with /".to_owned());
    }
    let escapes = text.split('~').skip(1);
    match escapes.into_iter().all(|rest| rest.starts_with(['0', '1'])) {
        true => Ok(()),
        false => Err("~ must be followed by 0 or 1".to_owned()),
    }
}

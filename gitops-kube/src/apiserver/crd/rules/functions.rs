//! Operators and functions: what they take and what they give.

use super::Kind;

/// Names before a dot that are no values.
pub(super) const LIBRARIES: [&str; 9] =
    ["optional", "math", "sets", "ip", "cidr", "format", "base64", "jsonpatch", "google"];

/// Whether a name is that of a type.
pub(super) fn is_type(name: &str) -> bool {
    const TYPES: [&str; 11] = [
        "bool",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "list",
        "map",
        "null_type",
        "type",
        "google",
    ];
    TYPES.contains(&name)
}

/// Returns what an operator gives; `Err` when it does not take these types, nothing when it is none.
pub(super) fn operator(name: &str, kinds: &[Kind]) -> Option<Result<Kind, ()>> {
    use Kind::{Bool, Bytes, Double, Duration, Dyn, Int, List, Text, Time, Uint};
    let (first, second) = (kinds.first().unwrap_or(&Dyn), kinds.get(1).unwrap_or(&Dyn));
    let number = |kind: &Kind| matches!(kind, Int | Uint | Double | Dyn);
    Some(match name {
        "_&&_" | "_||_" => {
            if first.fits(&Bool) && second.fits(&Bool) {
                Ok(Bool)
            } else {
                Err(())
            }
        }
        "!_" => {
            if first.fits(&Bool) {
                Ok(Bool)
            } else {
                Err(())
            }
        }
        "@not_strictly_false" => Ok(Bool),
        "-_" => {
            if number(first) {
                Ok(first.clone())
            } else {
                Err(())
            }
        }
        "_==_" | "_!=_" => {
            if first.fits(second) {
                Ok(Bool)
            } else {
                Err(())
            }
        }
        "_<_" | "_<=_" | "_>_" | "_>=_" => {
            let ordered = |kind: &Kind| {
                matches!(kind, Bool | Int | Uint | Double | Text | Bytes | Time | Duration | Dyn)
            };
            let mixed = number(first) && number(second);
            if ordered(first) && ordered(second) && (mixed || first.fits(second)) {
                Ok(Bool)
            } else {
                Err(())
            }
        }
        "_+_" | "_-_" | "_*_" | "_/_" | "_%_" => arithmetic(name, first, second),
        "_?_:_" => {
            let other = kinds.get(2).unwrap_or(&Dyn);
            if first.fits(&Bool) && second.fits(other) {
                Ok(if *second == Dyn { other.clone() } else { second.clone() })
            } else {
                Err(())
            }
        }
        "_[_]" => match first {
            Dyn | Kind::Optional(_) => Ok(Dyn),
            List(of) if number(second) => Ok((**of).clone()),
            Kind::Map(key, of) if key.fits(second) => Ok((**of).clone()),
            _ => Err(()),
        },
        "_[?_]" | "_?._" => Ok(Kind::Optional(Box::new(Dyn))),
        "@in" => match second {
            Dyn => Ok(Bool),
            List(of) | Kind::Map(of, _) if of.fits(first) => Ok(Bool),
            _ => Err(()),
        },
        _ => return None,
    })
}

/// Returns what sums and products give.
fn arithmetic(name: &str, first: &Kind, second: &Kind) -> Result<Kind, ()> {
    use Kind::{Bytes, Double, Duration, Dyn, Int, List, Text, Time, Uint};
    let sum = matches!(name, "_+_" | "_-_");
    match (first, second) {
        (Dyn, _) | (_, Dyn) => Ok(Dyn),
        (Time, Duration) | (Duration, Time) if sum => Ok(Time),
        (Time, Time) if name == "_-_" => Ok(Duration),
        (List(a), List(b)) if name == "_+_" && a.fits(b) => {
            Ok(if **a == Dyn { second.clone() } else { first.clone() })
        }
        (Double, Double) if name == "_%_" => Err(()),
        (a, b) if a == b => match a {
            Int | Uint | Double => Ok(a.clone()),
            Duration if sum => Ok(Duration),
            Text | Bytes if name == "_+_" => Ok(a.clone()),
            _ => Err(()),
        },
        _ => Err(()),
    }
}

/// Returns what a function gives; nothing when there is none of the name.
pub(super) fn function(name: &str) -> Option<Kind> {
    const TABLE: [(&str, Kind); 10] = [
        (
            "bool startsWith endsWith contains matches isSorted hasValue isIP isCIDR isURL isQuantity \
          isSemver isGreaterThan isLessThan isInteger containsIP containsCIDR isCanonical \
          isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast",
            Kind::Bool,
        ),
        (
            "int size indexOf lastIndexOf getFullYear getMonth getDayOfYear getDayOfMonth getDate \
          getDayOfWeek getHours getMinutes getSeconds getMilliseconds compareTo sign asInteger family \
          prefixLength major minor patch",
            Kind::Int,
        ),
        (
            "string charAt lowerAscii upperAscii replace substring trim join format find getScheme \
          getHost getHostname getPort getEscapedPath reverse quote",
            Kind::Text,
        ),
        ("double asApproximateFloat", Kind::Double),
        ("uint", Kind::Uint),
        ("bytes", Kind::Bytes),
        ("timestamp", Kind::Time),
        ("duration", Kind::Duration),
        ("type", Kind::Type),
        (
            "dyn sum min max value orValue or optMap optFlatMap split findAll getQuery first last sort \
          flatten slice distinct ip cidr masked url quantity add sub semver named validate has \
          lists range transformList transformMap sortBy",
            Kind::Dyn,
        ),
    ];
    let row = TABLE.iter().find(|(names, _)| names.split_whitespace().any(|known| known == name));
    row.map(|(_, kind)| kind.clone())
}

/// Returns what a function of a library gives.
pub(super) fn library_kind(name: &str) -> Kind {
    match name {
        "contains" | "equivalent" | "intersects" | "isNaN" | "isInf" | "isFinite"
        | "isCanonical" => Kind::Bool,
        _ => Kind::Dyn,
    }
}

/// Whether a function can be called on a value.
pub(super) fn receives(name: &str, target: &Kind) -> bool {
    let texts = [
        "startsWith",
        "endsWith",
        "contains",
        "matches",
        "charAt",
        "lowerAscii",
        "upperAscii",
        "replace",
        "split",
        "substring",
        "trim",
        "format",
        "find",
        "findAll",
    ];
    match target {
        Kind::Text => name != "hasValue" && name != "isSorted",
        Kind::Int | Kind::Uint | Kind::Double | Kind::Bool | Kind::Null => false,
        Kind::Bytes => name == "size",
        Kind::List(_) | Kind::Map(..) | Kind::Object(_) => !texts.contains(&name),
        _ => true,
    }
}

/// Returns what a function gives that depends on what it is called on.
pub(super) fn method_kind(name: &str, target: &Kind, kinds: &[Kind]) -> Option<Kind> {
    match (name, target) {
        ("min" | "max" | "sum" | "first" | "last", Kind::List(of))
        | ("value", Kind::Optional(of)) => Some((**of).clone()),
        ("split" | "findAll", Kind::Text) => Some(Kind::List(Box::new(Kind::Text))),
        ("orValue", Kind::Optional(of)) => {
            Some(if **of == Kind::Dyn { kinds.first()?.clone() } else { (**of).clone() })
        }
        ("getHours" | "getMinutes" | "getSeconds" | "getMilliseconds", _) => Some(Kind::Int),
        _ => None,
    }
}

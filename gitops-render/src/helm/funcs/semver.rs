//! Semantic versions by Masterminds' rules.

use std::cmp::Ordering;

use gitops_core::semver::{Constraint, Version};

use super::super::value::{CallError, GoObject, Kind, Signature, Type, UintType, Value};
use super::args::string;
use super::{Failure, Function, fixed};

const VERSION: Type = Type::Named("*semver.Version");

pub(super) const TABLE: &[Function] = &[
    fixed("semver", &[Type::Str], VERSION, |_, v| {
        Ok(Value::object(SemanticVersion(parse(&string(v, 0))?)))
    }),
    fixed("semverCompare", &[Type::Str, Type::Str], Type::Bool, |_, v| {
        let constraint = Constraint::parse(&string(v, 0)).map_err(|e| e.to_string())?;
        let version = parse(&string(v, 1))?;
        Ok(Value::Bool(constraint.check(&version)))
    }),
];

fn parse(text: &str) -> Result<Version, Failure> {
    Version::parse(text).map_err(|error| Failure::new(error.to_string()))
}

/// Go's `*semver.Version`.
#[derive(Debug)]
struct SemanticVersion(Version);

impl SemanticVersion {
    fn text(&self) -> String {
        let version = &self.0;
        let mut text = format!("{}.{}.{}", version.major(), version.minor(), version.patch());
        for (sign, part) in [('-', version.prerelease()), ('+', version.metadata())] {
            if !part.is_empty() {
                text.push(sign);
                text.push_str(part);
            }
        }
        text
    }

    fn compare(&self, name: &str, other: &Version) -> Value {
        let order = self.0.cmp(other);
        Value::Bool(match name {
            "LessThan" => order == Ordering::Less,
            "LessThanEqual" => order != Ordering::Greater,
            "GreaterThan" => order == Ordering::Greater,
            "GreaterThanEqual" => order != Ordering::Less,
            "Equal" => order == Ordering::Equal,
            _ => return Value::int(order as i64),
        })
    }

    fn read(text: &str) -> Result<Value, CallError> {
        let version = Version::parse(text).map_err(|error| CallError::new(error.to_string()))?;
        Ok(Value::object(SemanticVersion(version)))
    }

    /// The next version, with the `v` of this one before it.
    fn next(&self, name: &str) -> Result<Value, CallError> {
        let version = &self.0;
        let (major, minor, patch) = (version.major(), version.minor(), version.patch());
        let prefix = if version.original().starts_with('v') { "v" } else { "" };
        Self::read(&match name {
            "IncMajor" => format!("{prefix}{}.0.0", major.wrapping_add(1)),
            "IncMinor" => format!("{prefix}{major}.{}.0", minor.wrapping_add(1)),
            _ if version.prerelease().is_empty() => {
                format!("{prefix}{major}.{minor}.{}", patch.wrapping_add(1))
            }
            _ => format!("{prefix}{major}.{minor}.{patch}"),
        })
    }
}

impl GoObject for SemanticVersion {
    fn type_name(&self) -> &'static str {
        "*semver.Version"
    }

    fn kind(&self) -> Kind {
        Kind::Ptr
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        let version = &self.0;
        vec![
            ("major", Value::Uint(version.major(), UintType::Uint64)),
            ("minor", Value::Uint(version.minor(), UintType::Uint64)),
            ("patch", Value::Uint(version.patch(), UintType::Uint64)),
            ("pre", Value::text(version.prerelease())),
            ("metadata", Value::text(version.metadata())),
            ("original", Value::text(version.original())),
        ]
    }

    fn method(&self, name: &str) -> Option<Signature> {
        const OTHER: &[Type] = &[VERSION];
        let (params, result): (&'static [Type], _) = match name {
            "Major" | "Minor" | "Patch" => (&[], Type::Any),
            "Prerelease" | "Metadata" | "Original" | "String" => (&[], Type::Str),
            "IncMajor" | "IncMinor" | "IncPatch" => (&[], VERSION),
            "SetPrerelease" | "SetMetadata" => (&[Type::Str], VERSION),
            "LessThan" | "LessThanEqual" | "GreaterThan" | "GreaterThanEqual" | "Equal" => {
                (OTHER, Type::Bool)
            }
            "Compare" => (OTHER, Type::Int),
            _ => return None,
        };
        Some(Signature { params, variadic: false, result })
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError> {
        let version = &self.0;
        Ok(match name {
            "Major" => Value::Uint(version.major(), UintType::Uint64),
            "Minor" => Value::Uint(version.minor(), UintType::Uint64),
            "Patch" => Value::Uint(version.patch(), UintType::Uint64),
            "Prerelease" => Value::text(version.prerelease()),
            "Metadata" => Value::text(version.metadata()),
            "Original" => Value::text(version.original()),
            "String" => Value::text(self.text()),
            "IncMajor" | "IncMinor" | "IncPatch" => return self.next(name),
            "SetPrerelease" | "SetMetadata" => {
                let part = String::from_utf8_lossy(
                    args.first().and_then(Value::as_bytes).unwrap_or_default(),
                )
                .into_owned();
                let (pre, meta) = match name {
                    "SetPrerelease" => (part.as_str(), version.metadata()),
                    _ => (version.prerelease(), part.as_str()),
                };
                let sign = |sign: &str, part: &str| {
                    if part.is_empty() { String::new() } else { format!("{sign}{part}") }
                };
                let numbers = (version.major(), version.minor(), version.patch());
                return Self::read(&format!(
                    "{}.{}.{}{}{}",
                    numbers.0,
                    numbers.1,
                    numbers.2,
                    sign("-", pre),
                    sign("+", meta)
                ));
            }
            _ => match args.first() {
                Some(Value::Object(other)) => {
                    let text = other.print().unwrap_or_default();
                    let text = String::from_utf8_lossy(&text).into_owned();
                    let other = Version::parse(&text);
                    let other = other.map_err(|error| CallError::new(error.to_string()))?;
                    self.compare(name, &other)
                }
                _ => return Err(CallError::new("no version to compare with")),
            },
        })
    }

    fn print(&self) -> Option<Vec<u8>> {
        Some(self.text().into_bytes())
    }

    fn deep_copied(&self) -> Option<Value> {
        Version::parse("0.0.0").ok().map(|version| Value::object(Self(version)))
    }

    fn to_json(&self) -> Option<Value> {
        Some(Value::text(self.text()))
    }
}

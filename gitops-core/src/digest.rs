//! Content addresses.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// The content address of a value: equal digests mean equal content.
///
/// Git names objects by SHA-1 or SHA-256; what this workspace addresses itself uses SHA-256. The
/// text form is `sha1:<hex>` or `sha256:<hex>`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Digest {
    /// A SHA-1, as most Git repositories use it.
    Sha1([u8; 20]),
    /// A SHA-256.
    Sha256([u8; 32]),
}

/// A text that is no digest.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is no digest, expected sha1:<40 hex digits> or sha256:<64 hex digits>")]
pub struct InvalidDigest {
    text: String,
}

impl Digest {
    /// Returns the SHA-256 of `bytes`.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self::Sha256(Sha256::digest(bytes).into())
    }

    /// Returns the SHA-256 of `parts`, each with its length before it, so that no two lists of
    /// parts share a digest.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self::Sha256(hasher.finalize().into())
    }

    /// Returns the bytes without the name of the algorithm.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha1(bytes) => bytes,
            Self::Sha256(bytes) => bytes,
        }
    }

    /// Returns the hex digits without the name of the algorithm.
    pub fn to_hex(&self) -> String {
        self.as_bytes().iter().fold(String::new(), |mut text, byte| {
            text.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
            text.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
            text
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Sha1(_) => "sha1",
            Self::Sha256(_) => "sha256",
        };
        write!(f, "{name}:{}", self.to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidDigest { text: text.to_owned() };
        let (name, hex) = text.split_once(':').ok_or_else(invalid)?;
        let bytes = decode_hex(hex).ok_or_else(invalid)?;
        match name {
            "sha1" => bytes.try_into().map(Self::Sha1).map_err(|_| invalid()),
            "sha256" => bytes.try_into().map(Self::Sha256).map_err(|_| invalid()),
            _ => Err(invalid()),
        }
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Digest {
    fn schema_name() -> Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(sha1:[0-9a-f]{40}|sha256:[0-9a-f]{64})$",
        })
    }
}

fn decode_hex(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_reads_back() {
        for digest in [Digest::of("a"), Digest::Sha1([7; 20])] {
            assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        }
        for text in ["", "sha1:00", "md5:00", "sha256:zz", "sha1:0"] {
            assert!(text.parse::<Digest>().is_err(), "{text} was read");
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        let one = Digest::of_parts([b"ab".as_slice(), b"c"]);
        let other = Digest::of_parts([b"a".as_slice(), b"bc"]);
        assert_ne!(one, other);
    }
}

//! Where a decoder is in an object.

/// Where the decoder is; written out only where something is to be said.
#[derive(Debug)]
pub(crate) enum At<'p> {
    Root,
    /// A field of a struct, and the struct's name.
    Field(&'p Self, &'p str, &'p str),
    /// A key of a map.
    Key(&'p Self, &'p str),
    Item(&'p Self, usize),
}

impl At<'_> {
    /// With indices, as warnings name fields.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(up, name, _) | Self::Key(up, name) => join(up.path(), name),
            Self::Item(up, index) => format!("{}[{index}]", up.path()),
        }
    }

    pub(crate) fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(up, name, _) | Self::Key(up, name) => {
                format!("{}/{}", up.pointer(), name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Item(up, index) => format!("{}/{index}", up.pointer()),
        }
    }

    /// Field names alone, as the decoder names them.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Field(up, name, owner) => {
                let words = match inlined(owner, name) {
                    Some(inlined) => join(up.words(), inlined),
                    None => up.words(),
                };
                join(words, name)
            }
            Self::Key(up, _) | Self::Item(up, _) => up.words(),
        }
    }

    /// The struct that holds the field.
    pub(crate) fn owner(&self) -> &str {
        match self {
            Self::Root => "",
            Self::Field(_, _, owner) => owner,
            Self::Key(up, _) | Self::Item(up, _) => up.owner(),
        }
    }
}

/// Names the struct that a field is part of inside the struct that holds it.
fn inlined(owner: &str, field: &str) -> Option<&'static str> {
    Some(match (owner, field) {
        ("Probe", "exec" | "httpGet" | "tcpSocket" | "grpc") => "ProbeHandler",
        ("Volume", name) if name != "name" => "VolumeSource",
        (
            "ConfigMapEnvSource"
            | "ConfigMapKeySelector"
            | "ConfigMapProjection"
            | "ConfigMapVolumeSource"
            | "SecretEnvSource"
            | "SecretKeySelector"
            | "SecretProjection",
            "name",
        ) => "LocalObjectReference",
        ("EphemeralContainer", name) if name != "targetContainerName" => "EphemeralContainerCommon",
        _ => return None,
    })
}

fn join(path: String, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { path + "." + name }
}

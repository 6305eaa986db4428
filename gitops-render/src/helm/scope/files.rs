//! `.Files`: what a chart holds beside its templates.

use std::{collections::BTreeMap, rc::Rc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use gitops_core::yaml;

use crate::helm::{
    chart::ChartFile,
    glob::FileGlob,
    value::{CallError, Elem, GoObject, List, Signature, Type, Value},
};

const TYPE: &str = "engine.files";

/// `.Files`, or those of them that a pattern matches.
#[derive(Debug)]
pub(super) struct Files {
    files: BTreeMap<String, Bytes>,
}

impl Files {
    pub(super) fn of(files: &[ChartFile]) -> Self {
        let files = files.iter().map(|file| (file.name.clone(), file.data.clone()));
        Self { files: files.collect() }
    }

    fn get(&self, name: &str) -> &[u8] {
        self.files.get(name).map_or(&[], Bytes::as_ref)
    }

    // A pattern that is none matches everything.
    fn matching(&self, pattern: &str) -> Self {
        let glob = FileGlob::parse(pattern);
        let matches = |name: &str| glob.as_ref().is_none_or(|glob| glob.matches(name));
        let files = self.files.iter().filter(|(name, _)| matches(name));
        Self { files: files.map(|(name, data)| (name.clone(), data.clone())).collect() }
    }

    fn lines(&self, name: &str) -> Value {
        let data = self.get(name);
        if data.is_empty() {
            return Value::strings::<&str>([]);
        }
        let data = data.strip_suffix(b"\n").unwrap_or(data);
        Value::strings(data.split(|byte| *byte == b'\n'))
    }

    // The content of each file under its base name, as YAML.
    fn as_yaml(&self, content: impl Fn(&[u8]) -> String) -> Value {
        let base = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
        let pairs = self.files.iter().map(|(name, data)| (base(name), content(data).into()));
        // Helm gives nothing for what YAML cannot hold.
        let text = yaml::encode(&serde_json::Value::Object(pairs.collect())).unwrap_or_default();
        Value::text(text.strip_suffix('\n').unwrap_or(&text))
    }
}

fn bytes(data: &[u8]) -> Value {
    let byte = |byte: &u8| Value::Uint(u64::from(*byte), crate::helm::value::UintType::Uint8);
    Value::List(Rc::new(List::new(Elem::Byte, data.iter().map(byte).collect())))
}

impl GoObject for Files {
    fn type_name(&self) -> &'static str {
        TYPE
    }

    fn method(&self, name: &str) -> Option<Signature> {
        let (params, result): (&'static [Type], Type) = match name {
            "Get" => (&[Type::Str], Type::Str),
            "GetBytes" => (&[Type::Str], Type::Named("[]uint8")),
            "Glob" => (&[Type::Str], Type::Named(TYPE)),
            "Lines" => (&[Type::Str], Type::Named("[]string")),
            "AsConfig" | "AsSecrets" => (&[], Type::Str),
            _ => return None,
        };
        Some(Signature { params, variadic: false, result })
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Value, CallError> {
        let text = args.first().and_then(Value::as_bytes).unwrap_or_default();
        let text = String::from_utf8_lossy(text);
        match name {
            "Get" => Ok(Value::text(self.get(&text))),
            "GetBytes" => Ok(bytes(self.get(&text))),
            "Glob" => Ok(Value::object(self.matching(&text))),
            "Lines" => Ok(self.lines(&text)),
            "AsConfig" => Ok(self.as_yaml(|data| String::from_utf8_lossy(data).into_owned())),
            "AsSecrets" => Ok(self.as_yaml(|data| STANDARD.encode(data))),
            _ => Err(CallError::new(format!("no method {name}"))),
        }
    }

    fn view(&self) -> Option<Value> {
        Some(Value::map(self.files.iter().map(|(name, data)| (name, bytes(data)))))
    }
}

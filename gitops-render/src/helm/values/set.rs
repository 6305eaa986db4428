//! The `--set` family: one line of text, laid over values.

mod json;
mod list;

use serde_json::{Map, Value};

use super::super::text::{fold, go_quote, go_space};

/// The highest index of a list that a line may name.
pub const SET_INDEX_MAX: i64 = 65_536;
/// How many dots a key may have.
pub const SET_DOTS_MAX: u32 = 30;
/// How many indexes may follow each other in one key.
pub const SET_INDEXES_MAX: u32 = 1_000;
/// The longest line, in bytes.
pub const SET_BYTES_MAX: usize = 8 << 20;

/// How the values of a line are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SetKind {
    /// `--set-json`: what stands after `=` is JSON.
    Json,
    /// `--set`: numbers, booleans and null are what they look like, anything else is a string.
    Typed,
    /// `--set-string`: everything is a string.
    String,
    /// `--set-file`: what stands after `=` is the path of a file, whose text is the value.
    File,
    /// `--set-literal`: everything after the first `=` is one string.
    Literal,
}

/// Reads the text of a file that a `--set-file` line names.
pub type ReadFile<'f> = dyn FnMut(&str) -> Result<String, String> + 'f;

/// Lays one line over `values`.
///
/// # Errors
///
/// What is wrong with the line, in Helm's words.
pub fn set(
    line: &str,
    kind: SetKind,
    values: &mut Map<String, Value>,
    read: &mut ReadFile<'_>,
) -> Result<(), String> {
    if SET_BYTES_MAX < line.len() {
        return Err(format!("the line passes SET_BYTES_MAX: at most {SET_BYTES_MAX} are allowed"));
    }
    let mut parser = Parser { rest: line, kind, read };
    loop {
        match parser.key(values, 0) {
            Ok(()) => {}
            // A line may end in the middle of a key: what was set up to there stays.
            Err(Stop::End) => return Ok(()),
            Err(Stop::Error(problem)) => return Err(problem),
            Err(Stop::Panic(problem)) => return Err(format!("unable to parse key: {problem}")),
        }
    }
}

/// Why reading stopped.
enum Stop {
    /// The line is at its end.
    End,
    Error(String),
    /// A value is no list or map where one is needed. Each key adds to the text.
    Panic(String),
}

type Step<T> = Result<T, Stop>;

struct Parser<'l, 'f> {
    rest: &'l str,
    kind: SetKind,
    read: &'f mut ReadFile<'f>,
}

/// What stands before a stop, and the stop itself; no stop at the end of the line.
struct Word {
    text: String,
    stop: Option<char>,
}

impl Parser<'_, '_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let char = chars.next();
        self.rest = chars.as_str();
        char
    }

    // Reads up to one of `stops`. A backslash takes the next character as it is.
    fn until(&mut self, stops: &[char]) -> Word {
        let mut text = String::new();
        while let Some(char) = self.next() {
            if stops.contains(&char) {
                return Word { text, stop: Some(char) };
            }
            if char == '\\' && self.kind != SetKind::Literal {
                let Some(next) = self.next() else { break };
                text.push(next);
            } else {
                text.push(char);
            }
        }
        Word { text, stop: None }
    }

    fn key(&mut self, data: &mut Map<String, Value>, dots: u32) -> Step<()> {
        let stops: &[char] = match self.kind {
            SetKind::Literal => &['=', '[', '.'],
            _ => &['=', '[', ',', '.'],
        };
        let Word { text: key, stop } = self.until(stops);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => Err(Stop::Error(format!("key {} has no value", go_quote(&key)))),
            Some('[') => self.key_of_list(data, key, dots),
            Some('=') => self.value_of_key(data, key),
            Some('.') => self.key_of_map(data, key, dots + 1),
            Some(_) => {
                let key = go_quote(&key);
                Err(Stop::Error(format!("key {key} has no value (cannot end with ,)")))
            }
        }
    }

    fn key_of_map(&mut self, data: &mut Map<String, Value>, key: String, dots: u32) -> Step<()> {
        if SET_DOTS_MAX < dots {
            return Err(Stop::Error(format!(
                "value name nested level is greater than maximum supported nested level of \
                 {SET_DOTS_MAX}"
            )));
        }
        let nothing = |key: &str| {
            let problem = format!("key map {} has no value", go_quote(key));
            Err(Stop::Error(problem))
        };
        if let Some(value) = data.get_mut(&key) {
            let Value::Object(inner) = value else { return Err(not_a(value, MAP)) };
            self.guarded(|parser| parser.key(inner, dots))?;
            return if inner.is_empty() { nothing(&key) } else { Ok(()) };
        }
        let mut inner = Map::new();
        let done = self.guarded(|parser| parser.key(&mut inner, dots));
        if done.is_ok() && inner.is_empty() {
            return nothing(&key);
        }
        if !inner.is_empty() {
            insert(data, key, Value::Object(inner));
        }
        done
    }

    fn key_of_list(&mut self, data: &mut Map<String, Value>, key: String, dots: u32) -> Step<()> {
        let index = self.index()?;
        if let Some(value) = data.get_mut(&key) {
            let Value::Array(list) = value else { return Err(not_a(value, LIST)) };
            return self.item(list, index, dots, 0);
        }
        let mut list = Vec::new();
        let done = self.item(&mut list, index, dots, 0);
        insert(data, key, Value::Array(list));
        done
    }

    fn value_of_key(&mut self, data: &mut Map<String, Value>, key: String) -> Step<()> {
        match self.value() {
            Ok(value) => {
                insert(data, key, value);
                Ok(())
            }
            Err(Stop::End) => {
                insert(data, key, Value::from(""));
                Err(Stop::End)
            }
            Err(stop) => Err(stop),
        }
    }

    // A key that meets a value of the wrong kind ends there, and says so once.
    fn guarded(&mut self, read: impl FnOnce(&mut Self) -> Step<()>) -> Step<()> {
        match read(self) {
            Err(Stop::Panic(problem)) => {
                Err(Stop::Error(format!("unable to parse key: {problem}")))
            }
            done => done,
        }
    }

    // Returns the value after `=`; at the end of the line, nothing.
    fn value(&mut self) -> Step<Value> {
        match self.kind {
            SetKind::Json => self.json(),
            SetKind::Literal => {
                let text = std::mem::take(&mut self.rest);
                Ok(Value::from(text))
            }
            SetKind::Typed | SetKind::String | SetKind::File => {
                if self.next_is('{')? {
                    return self.braces();
                }
                let Word { text, .. } = self.until(&[',']);
                self.scalar(&text)
            }
        }
    }

    // Whether the next character is `wanted`, which is then taken.
    fn next_is(&mut self, wanted: char) -> Step<bool> {
        if self.rest.is_empty() {
            return Err(Stop::End);
        }
        let found = self.rest.starts_with(wanted);
        if found {
            self.next();
        }
        Ok(found)
    }

    fn braces(&mut self) -> Step<Value> {
        let mut list = Vec::new();
        loop {
            let Word { text, stop } = self.until(&[',', '}']);
            let Some(stop) = stop else {
                return Err(Stop::Error("list must terminate with '}'".to_owned()));
            };
            list.push(self.scalar(&text)?);
            if stop == '}' {
                if self.rest.starts_with(',') {
                    self.next();
                }
                return Ok(Value::Array(list));
            }
        }
    }

    fn scalar(&mut self, text: &str) -> Step<Value> {
        match self.kind {
            SetKind::Typed => Ok(typed(text)),
            SetKind::File => (self.read)(text).map(Value::from).map_err(Stop::Error),
            SetKind::String | SetKind::Json | SetKind::Literal => Ok(Value::from(text)),
        }
    }

    // Takes blanks and one comma. Whether nothing else stood before it.
    fn blank(&mut self) -> bool {
        loop {
            match self.rest.chars().next() {
                None => return true,
                Some(',') => {
                    self.next();
                    return true;
                }
                Some(char) if go_space(char) => {
                    self.next();
                }
                Some(_) => return false,
            }
        }
    }
}

const MAP: &str = "map[string]interface {}";
const LIST: &str = "[]interface {}";

fn not_a(value: &Value, wanted: &str) -> Stop {
    let found = match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => LIST,
        Value::Object(_) => MAP,
    };
    Stop::Panic(format!("interface conversion: interface {{}} is {found}, not {wanted}"))
}

fn insert(data: &mut Map<String, Value>, key: String, value: Value) {
    if !key.is_empty() {
        data.insert(key, value);
    }
}

fn typed(text: &str) -> Value {
    match fold(text).as_str() {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        "null" => return Value::Null,
        "0" => return Value::from(0),
        _ => {}
    }
    if !text.starts_with('0')
        && let Ok(number) = text.parse::<i64>()
    {
        return Value::from(number);
    }
    Value::from(text)
}

//! Keys with indexes: `a[0]`, `a[0].b`, `a[0][1]`.

use serde_json::{Map, Value};

use super::{LIST, Parser, SET_INDEX_MAX, SET_INDEXES_MAX, Step, Stop, Word, not_a};
use crate::helm::text::{go_quote, go_quote_rune};

impl Parser<'_, '_> {
    // Reads the index in front of `]`.
    pub(super) fn index(&mut self) -> Step<i64> {
        let Word { text, stop } = self.until(&[']']);
        if stop.is_none() {
            return Err(Stop::End);
        }
        let problem = match atoi(&text) {
            Ok(index) => return Ok(index),
            Err(problem) => problem,
        };
        let shown = go_quote(&text);
        Err(Stop::Error(format!("error parsing index: strconv.Atoi: parsing {shown}: {problem}")))
    }

    // Reads what follows `]` and sets the item. Where the line ends early, changes within the
    // bounds of `list` stay.
    pub(super) fn item(
        &mut self,
        list: &mut Vec<Value>,
        index: i64,
        dots: u32,
        indexes: u32,
    ) -> Step<()> {
        let Ok(at) = usize::try_from(index) else {
            return Err(Stop::Error(format!("negative {index} index not allowed")));
        };
        if SET_INDEXES_MAX < indexes {
            return Err(Stop::Error(format!(
                "the key passes SET_INDEXES_MAX: at most {SET_INDEXES_MAX} are allowed"
            )));
        }
        let Word { text, stop } = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            let runes: Vec<String> = text.chars().map(go_quote_rune).collect();
            let shown = runes.join(" ");
            return Err(Stop::Error(format!("unexpected data at end of array index: [{shown}]")));
        }
        match stop {
            None => Err(Stop::End),
            Some('=') => {
                let value = match self.value() {
                    Ok(value) => value,
                    Err(Stop::End) => Value::from(""),
                    Err(stop) => return Err(stop),
                };
                set_index(list, at, value)
            }
            Some('[') => self.item_of_list(list, at, dots, indexes + 1),
            Some(_) => self.item_of_map(list, at, dots),
        }
    }

    fn item_of_list(
        &mut self,
        list: &mut Vec<Value>,
        at: usize,
        dots: u32,
        indexes: u32,
    ) -> Step<()> {
        let next = self.index()?;
        match list.get_mut(at) {
            Some(Value::Array(inner)) => return self.item(inner, next, dots, indexes),
            None | Some(Value::Null) => {}
            Some(other) => return Err(not_a(other, LIST)),
        }
        let mut inner = Vec::new();
        self.item(&mut inner, next, dots, indexes)?;
        set_index(list, at, Value::Array(inner))
    }

    fn item_of_map(&mut self, list: &mut Vec<Value>, at: usize, dots: u32) -> Step<()> {
        if let Some(item) = list.get_mut(at) {
            if !item.is_object() {
                *item = Value::Object(Map::new());
            }
            if let Value::Object(inner) = item {
                return self.guarded(|parser| parser.key(inner, dots));
            }
        }
        let mut inner = Map::new();
        self.guarded(|parser| parser.key(&mut inner, dots))?;
        set_index(list, at, Value::Object(inner))
    }
}

fn set_index(list: &mut Vec<Value>, at: usize, value: Value) -> Step<()> {
    if i64::try_from(at).map_or(true, |index| SET_INDEX_MAX < index) {
        return Err(Stop::Error(format!(
            "index of {at} is greater than maximum supported index of {SET_INDEX_MAX}"
        )));
    }
    if list.len() <= at {
        list.resize(at + 1, Value::Null);
    }
    list[at] = value;
    Ok(())
}

fn atoi(text: &str) -> Result<i64, &'static str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("invalid syntax");
    }
    text.parse().map_err(|_| "value out of range")
}

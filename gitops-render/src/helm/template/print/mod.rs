//! Go's `fmt`: how values become text.

pub(crate) mod float;
mod format;
pub(crate) mod quote;
pub(crate) mod runes;
mod verbs;

use std::rc::Rc;

use super::limits::VALUE_DEPTH_MAX;
use crate::helm::value::{Elem, GoObject, Kind, List, Map, Value};
use format::Flags;

pub(crate) use verbs::sprintf;

/// What stands for the address of a pointer.
const POINTER: &[u8] = b"0xc000000000";
/// What stands for a value that nests deeper than the limit.
const TOO_DEEP: &[u8] = b"...";

/// `fmt.Sprint` of one value: `%v`.
pub(crate) fn sprint(value: &Value) -> Vec<u8> {
    if let Value::Str(text) = value {
        return text.to_vec();
    }
    let mut printer = Printer::default();
    printer.argument(value, 'v');
    printer.out
}

/// `fmt.Fprint` of one value behind what is there.
pub(crate) fn print_to(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Str(text) => out.extend_from_slice(text),
        Value::Int(number, crate::helm::value::IntType::Int) => {
            out.extend_from_slice(number.to_string().as_bytes());
        }
        _ => {
            let mut printer = Printer { out: std::mem::take(out), ..Printer::default() };
            printer.argument(value, 'v');
            *out = printer.out;
        }
    }
}

/// `fmt.Sprint`: spaces between neighbours of which none is a string.
pub(crate) fn sprint_all(values: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    let mut after_text = true;
    for value in values {
        let text = value.kind() == Kind::String;
        if !text && !after_text {
            printer.out.push(b' ');
        }
        printer.argument(value, 'v');
        after_text = text;
    }
    printer.out
}

/// `fmt.Sprintln`.
pub(crate) fn sprintln(values: &[Value]) -> Vec<u8> {
    let mut printer = Printer::default();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            printer.out.push(b' ');
        }
        printer.argument(value, 'v');
    }
    printer.out.push(b'\n');
    printer.out
}

/// The state of one call of `fmt`.
#[derive(Debug, Default)]
struct Printer {
    out: Vec<u8>,
    flags: Flags,
    /// Within `%!d(…)`, methods are not called.
    erroring: bool,
}

impl Printer {
    fn argument(&mut self, value: &Value, verb: char) {
        match (value, verb) {
            (Value::Nil, 'T' | 'v') => format::pad(&mut self.out, self.flags, b"<nil>"),
            (Value::Nil, _) => self.bad_verb(value, verb),
            (_, 'T') => {
                let name = value.type_name().as_bytes();
                format::string(&mut self.out, self.flags, name, 's');
            }
            _ => self.value(value, verb, 0),
        }
    }

    fn value(&mut self, value: &Value, verb: char, depth: usize) {
        if depth > VALUE_DEPTH_MAX {
            self.out.extend_from_slice(TOO_DEEP);
            return;
        }
        let (out, flags) = (&mut self.out, self.flags);
        let done = match value {
            Value::Nil => {
                if verb == 'v' {
                    self.out.extend_from_slice(b"<nil>");
                    return;
                }
                false
            }
            Value::Bool(flag) => {
                let text: &[u8] = if *flag { b"true" } else { b"false" };
                let known = matches!(verb, 't' | 'v');
                if known {
                    format::pad(out, flags, text);
                }
                known
            }
            Value::Int(number, crate::helm::value::IntType::Duration)
                if !self.erroring && !flags.sharp_v && "vsxXq".contains(verb) =>
            {
                let text = crate::helm::funcs::duration_text(*number);
                format::string(out, flags, text.as_bytes(), verb)
            }
            Value::Int(number, _) => {
                format::integer(out, flags, *number < 0, number.unsigned_abs(), verb)
            }
            Value::Uint(number, _) => {
                let verb = if flags.sharp_v && verb == 'v' { 'x' } else { verb };
                let sharp = flags.sharp || flags.sharp_v;
                format::integer(out, Flags { sharp, ..flags }, false, *number, verb)
            }
            Value::Float(number) => format::float(out, flags, *number, verb),
            Value::Str(text) => format::string(out, flags, text, verb),
            Value::List(list) => return self.list(list, verb, depth, value.type_name()),
            Value::Map(map) => return self.map(map, verb, depth),
            Value::Object(object) => return self.object(object, verb, depth),
        };
        if !done {
            self.bad_verb(value, verb);
        }
    }

    fn bad_verb(&mut self, value: &Value, verb: char) {
        self.erroring = true;
        self.out.extend_from_slice(format!("%!{verb}(").as_bytes());
        if matches!(value, Value::Nil) {
            self.out.extend_from_slice(b"<nil>");
        } else {
            self.out.extend_from_slice(value.type_name().as_bytes());
            self.out.push(b'=');
            self.argument(value, 'v');
        }
        self.out.push(b')');
        self.erroring = false;
    }

    fn separator(&mut self, at: usize) {
        if at > 0 {
            let text: &[u8] = if self.flags.sharp_v { b", " } else { b" " };
            self.out.extend_from_slice(text);
        }
    }

    fn list(&mut self, list: &Rc<List>, verb: char, depth: usize, name: &str) {
        if list.elem() == Elem::Byte && matches!(verb, 's' | 'q' | 'x' | 'X') {
            let bytes = super::super::funcs::list_bytes(list);
            format::string(&mut self.out, self.flags, &bytes, verb);
            return;
        }
        let (open, close) = if self.flags.sharp_v {
            self.out.extend_from_slice(name.as_bytes());
            if list.is_nil() {
                self.out.extend_from_slice(b"(nil)");
                return;
            }
            (b'{', b'}')
        } else {
            (b'[', b']')
        };
        self.out.push(open);
        for (at, item) in list.iter().enumerate() {
            self.separator(at);
            self.element(item, verb, depth);
        }
        self.out.push(close);
    }

    fn element(&mut self, item: &Value, verb: char, depth: usize) {
        if matches!(item, Value::Nil) && self.flags.sharp_v {
            self.out.extend_from_slice(b"interface {}(nil)");
        } else if matches!(item, Value::Nil) {
            self.out.extend_from_slice(b"<nil>");
        } else {
            self.value(item, verb, depth + 1);
        }
    }

    fn map(&mut self, map: &Rc<Map>, verb: char, depth: usize) {
        if self.flags.sharp_v {
            self.out.extend_from_slice(map.map_type().name().as_bytes());
            if map.is_nil() {
                self.out.extend_from_slice(b"(nil)");
                return;
            }
            self.out.push(b'{');
        } else {
            self.out.extend_from_slice(b"map[");
        }
        for (at, (key, item)) in map.entries().into_iter().enumerate() {
            self.separator(at);
            self.value(&Value::Str(key), verb, depth + 1);
            self.out.push(b':');
            self.element(&item, verb, depth);
        }
        self.out.push(if self.flags.sharp_v { b'}' } else { b']' });
    }

    fn object(&mut self, object: &Rc<dyn GoObject>, verb: char, depth: usize) {
        if !self.erroring
            && !self.flags.sharp_v
            && "vsxXq".contains(verb)
            && let Some(text) = object.print()
        {
            format::string(&mut self.out, self.flags, &text, verb);
            return;
        }
        if self.flags.sharp_v
            && let Some(text) = object.go_syntax()
        {
            self.out.extend_from_slice(&text);
            return;
        }
        if let Some(view) = object.view() {
            self.value(&view, verb, depth);
            return;
        }
        if object.kind() == Kind::Ptr {
            if depth > 0 {
                // Go prints the address, which is another one each time.
                match verb {
                    'v' => self.out.extend_from_slice(POINTER),
                    _ => self.bad_verb(&Value::Object(Rc::clone(object)), verb),
                }
                return;
            }
            self.out.push(b'&');
        }
        if self.flags.sharp_v {
            self.out.extend_from_slice(object.type_name().trim_start_matches('*').as_bytes());
        }
        self.out.push(b'{');
        for (at, (name, item)) in object.fields().into_iter().enumerate() {
            self.separator(at);
            if self.flags.plus_v || self.flags.sharp_v {
                self.out.extend_from_slice(name.as_bytes());
                self.out.push(b':');
            }
            self.element(&item, verb, depth);
        }
        self.out.push(b'}');
    }
}

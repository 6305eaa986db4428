//! The messages of built-in types, read from the table beside this file once.

use std::{collections::HashMap, sync::LazyLock};

/// How a field holds its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Plain,
    /// Absent is not the same as zero.
    Pointer,
    List,
    Map,
    /// Its own fields are fields of the message.
    Inline,
}

/// One field of a message.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: usize,
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// The letter of a scalar, or the number of a message.
    pub(super) of: &'static str,
}

/// One message.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) name: &'static str,
    pub(super) fields: Vec<Field>,
}

/// Every message.
#[derive(Debug, Default)]
pub(super) struct Messages {
    all: Vec<Message>,
    by_name: HashMap<&'static str, usize>,
}

static MESSAGES: LazyLock<Messages> =
    LazyLock::new(|| Messages::read(include_str!("messages.txt")));

/// Returns the messages of the built-in types.
pub(super) fn messages() -> &'static Messages {
    &MESSAGES
}

impl Messages {
    fn read(table: &'static str) -> Self {
        let mut out = Self::default();
        for line in table.lines() {
            if let Some(name) = line.strip_prefix("message ") {
                out.by_name.insert(name, out.all.len());
                out.all.push(Message { name, fields: Vec::new() });
            } else if let ([number, name, of], Some(message)) =
                (line.split_whitespace().collect::<Vec<_>>().as_slice(), out.all.last_mut())
            {
                let (shape, of) = match of.split_at(1) {
                    ("?", of) => (Shape::Pointer, of),
                    ("*", of) => (Shape::List, of),
                    ("%", of) => (Shape::Map, of),
                    ("~", of) => (Shape::Inline, of),
                    _ => (Shape::Plain, *of),
                };
                let number = number.parse().unwrap_or_default();
                message.fields.push(Field { number, name, shape, of });
            }
        }
        out
    }

    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(super) fn at(&self, number: usize) -> Option<&Message> {
        self.all.get(number)
    }
}

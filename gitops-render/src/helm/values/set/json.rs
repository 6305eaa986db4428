//! The values of `--set-json`: JSON with something after it.

use serde_json::Value;

use super::{Parser, Step, Stop};
use crate::helm::{funcs, values::floats};

impl Parser<'_, '_> {
    // Reads one JSON value and the comma after it. Nothing is null.
    pub(super) fn json(&mut self) -> Step<Value> {
        if self.blank() {
            return Ok(Value::Null);
        }
        let (mut value, length) = funcs::leading_json(self.rest.as_bytes()).map_err(Stop::Error)?;
        floats(&mut value);
        self.rest = self.rest.get(length..).unwrap_or_default();
        self.blank();
        Ok(value)
    }
}

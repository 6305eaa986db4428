//! What the error types of the traits share.

use std::{error::Error, fmt::Write as _};

/// The cause behind an error, as the backend that raised it knows it.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// Writes an error and every cause behind it in one line, outermost first.
///
/// The messages of this workspace speak of their own level only; this joins them with `: ` for a
/// person to read. A cause that only repeats the text before it is left out.
pub fn chain(err: &(dyn Error + 'static)) -> String {
    let mut text = err.to_string();
    let mut next = err.source();
    while let Some(cause) = next {
        let message = cause.to_string();
        if !text.ends_with(&message) {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {message}");
        }
        next = cause.source();
    }
    text
}

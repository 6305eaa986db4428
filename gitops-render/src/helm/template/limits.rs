//! What one render may use at most; each limit has a name.

/// How deep templates may call each other with `template`, `include` and `tpl`.
pub const TEMPLATE_DEPTH_MAX: usize = 100_000;
/// How often one name may be open in `include` at a time: Helm's own limit.
pub const INCLUDE_REPEAT_MAX: usize = 1_000;
/// How many bytes a file of templates may have: places in it are kept in 32 bits.
pub const TEXT_BYTES_MAX: usize = 1 << 31;
/// How deep parentheses and blocks may nest in one template.
pub const NESTING_MAX: usize = 1_000;
/// How deep blocks and parentheses may nest over all templates that are open at a time.
pub const OPEN_NESTING_MAX: usize = 110_000;
/// The same outside [`with_deep_stack`](super::with_deep_stack), where the stack may be small.
pub const OPEN_NESTING_SHALLOW_MAX: usize = 150;
/// How many bytes all templates of a render may write, and a function may return.
pub const OUTPUT_BYTES_MAX: usize = 256 << 20;
/// How many times all `range` of a render may go round.
pub const RANGE_STEPS_MAX: u64 = 10_000_000;
/// How many elements a function may make a list of.
pub const LIST_ITEMS_MAX: usize = 10_000_000;
/// How many elements all lists that functions of a render make may have together.
pub const ITEMS_MADE_MAX: usize = 50_000_000;
/// How many values a render may look at where lists and maps are printed, compared or copied: one
/// that is in many places counts in each.
pub const UNFOLDED_VALUES_MAX: usize = 50_000_000;
/// How many bytes of arguments and elements of lists a render may hand to functions.
pub const ARGUMENT_BYTES_MAX: u64 = 50 << 30;
/// How many regular expressions, and how many texts of `tpl`, are kept for when they come again.
pub const KEPT_TEXTS_MAX: usize = 10_000;
/// How deep a value may nest where it is printed, copied, compared or merged.
pub const VALUE_DEPTH_MAX: usize = 500;
/// How many lists of arguments, and how many texts, are kept for their memory.
pub const SPARE_MAX: usize = 64;
/// How many elements such a list or text has room for.
pub const SPARE_ITEMS_MAX: usize = 1 << 16;
/// How many bytes a compiled regular expression may take.
pub const REGEX_BYTES_MAX: usize = 10 << 20;
/// The stack that templates are executed on, in bytes; only what is used is ever backed by memory.
pub const STACK_BYTES: usize = 1 << 30;
/// The stack of a thread that parses, in bytes; as deep as [`NESTING_MAX`] takes in any build.
pub const PARSE_STACK_BYTES: usize = 64 << 20;

/// The limits of a render.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// See [`TEMPLATE_DEPTH_MAX`], which it cannot pass.
    pub depth: usize,
    /// See [`OUTPUT_BYTES_MAX`].
    pub output_bytes: usize,
    /// See [`RANGE_STEPS_MAX`].
    pub range_steps: u64,
    /// See [`LIST_ITEMS_MAX`].
    pub list_items: usize,
    /// See [`ITEMS_MADE_MAX`].
    pub items_made: usize,
    /// See [`UNFOLDED_VALUES_MAX`].
    pub unfolded_values: usize,
    /// See [`ARGUMENT_BYTES_MAX`].
    pub argument_bytes: u64,
    /// See [`REGEX_BYTES_MAX`].
    pub regex_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: TEMPLATE_DEPTH_MAX,
            output_bytes: OUTPUT_BYTES_MAX,
            range_steps: RANGE_STEPS_MAX,
            list_items: LIST_ITEMS_MAX,
            items_made: ITEMS_MADE_MAX,
            unfolded_values: UNFOLDED_VALUES_MAX,
            argument_bytes: ARGUMENT_BYTES_MAX,
            regex_bytes: REGEX_BYTES_MAX,
        }
    }
}

//! Tables that say of which class a byte is.

/// What ends text without quotes in brackets.
pub(super) const FLOW_BYTES: &[u8] = b",?[]{}";

/// Returns the class of each byte, 0 for those that are in no list.
pub(super) const fn classes(lists: &[(&[u8], u8)]) -> [u8; 256] {
    let mut table = [0; 256];
    let mut list = 0;
    while list < lists.len() {
        let (bytes, class) = lists[list];
        let mut at = 0;
        while at < bytes.len() {
            table[bytes[at] as usize] = class;
            at += 1;
        }
        list += 1;
    }
    table
}

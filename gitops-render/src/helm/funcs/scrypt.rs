//! scrypt (RFC 7914) with blocks of 1 KiB: each of its lanes on a thread of its own.

use std::{io, mem::swap, thread};

use memmap2::MmapMut;
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;

/// What Salsa20 mixes: 64 bytes as words.
type Square = [u32; 16];
/// What RFC 7914 calls a block, with `r` = 8.
type Block = [Square; 16];

/// The size of a block in bytes.
const BLOCK_BYTES: usize = size_of::<Block>();
/// How many blocks a lane may keep, at 1 KiB each.
pub(super) const BLOCKS_MAX: usize = 1 << 15;
/// How many lanes there may be: each takes a thread, and memory for all its blocks.
pub(super) const LANES_MAX: usize = 16;

/// What each lane keeps its blocks in, from one key to the next: a system takes as long to give so much
/// memory as it takes to fill it.
#[derive(Default)]
pub(super) struct Memory(Vec<MmapMut>);

impl Memory {
    /// As many lanes as asked for with room for as many blocks.
    fn lanes(&mut self, blocks: usize, lanes: usize) -> io::Result<&mut [MmapMut]> {
        let size = blocks * BLOCK_BYTES;
        self.0.retain(|kept| kept.len() >= size);
        while self.0.len() < lanes {
            let kept = MmapMut::map_anon(size)?;
            // In large pages, if there are any: looking for small ones is a quarter of the time.
            #[cfg(target_os = "linux")]
            let _ = kept.advise(memmap2::Advice::HugePage);
            self.0.push(kept);
        }
        Ok(&mut self.0[..lanes])
    }
}

/// Derives `key`, with `blocks` blocks (`N`, a power of two) in each of `lanes` lanes (`p`).
///
/// # Errors
/// More blocks or lanes than allowed, blocks that are no power of two, or no memory for them.
pub(super) fn scrypt(
    password: &[u8],
    salt: &[u8],
    (blocks, lanes): (usize, usize),
    memory: &mut Memory,
    key: &mut [u8],
) -> Result<(), String> {
    if blocks > BLOCKS_MAX || !blocks.is_power_of_two() {
        return Err(format!("scrypt: {blocks} is no power of two up to {BLOCKS_MAX}"));
    }
    if lanes > LANES_MAX {
        return Err(format!("scrypt: there may be at most {LANES_MAX} lanes"));
    }
    let mut bytes = vec![0; lanes * BLOCK_BYTES];
    pbkdf2_hmac::<Sha256>(password, salt, 1, &mut bytes);
    let kept = memory.lanes(blocks, lanes).map_err(|err| {
        format!("scrypt: no memory for {lanes} lanes of {blocks} blocks of 1 KiB: {err}")
    })?;
    thread::scope(|scope| {
        let mut lanes = bytes.chunks_exact_mut(BLOCK_BYTES).zip(kept);
        let own = lanes.next();
        for (lane, kept) in lanes {
            scope.spawn(move || mix_lane(lane, blocks, kept));
        }
        if let Some((lane, kept)) = own {
            mix_lane(lane, blocks, kept);
        }
    });
    pbkdf2_hmac::<Sha256>(password, &bytes, 1, key);
    Ok(())
}

/// `scryptROMix`.
fn mix_lane(bytes: &mut [u8], blocks: usize, kept: &mut [u8]) {
    let mut block = Block::default();
    for (word, bytes) in block.as_flattened_mut().iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    let mut next = block;
    for kept in kept.chunks_exact_mut(BLOCK_BYTES).take(blocks) {
        write(&block, kept);
        mix(&block, &mut next);
        swap(&mut block, &mut next);
    }
    for _ in 0..blocks {
        let at = (block[15][0] as usize & (blocks - 1)) * BLOCK_BYTES;
        let other = kept[at..at + BLOCK_BYTES].as_chunks().0;
        for (word, bytes) in block.as_flattened_mut().iter_mut().zip(other) {
            *word ^= u32::from_le_bytes(*bytes);
        }
        mix(&block, &mut next);
        swap(&mut block, &mut next);
    }
    write(&block, bytes);
}

fn write(block: &Block, bytes: &mut [u8]) {
    for (word, bytes) in block.as_flattened().iter().zip(bytes.as_chunks_mut().0) {
        *bytes = word.to_le_bytes();
    }
}

/// `scryptBlockMix`.
fn mix(from: &Block, to: &mut Block) {
    let mut last = from[15];
    for (at, square) in from.iter().enumerate() {
        last = salsa(xor(last, square));
        to[at / 2 + at % 2 * 8] = last;
    }
}

#[inline]
fn xor(mut square: Square, other: &Square) -> Square {
    for at in 0..16 {
        square[at] ^= other[at];
    }
    square
}

/// Salsa20/8.
#[inline]
fn salsa(square: Square) -> Square {
    let mut words = square;
    for _ in 0..4 {
        quarter(&mut words, [0, 4, 8, 12]);
        quarter(&mut words, [5, 9, 13, 1]);
        quarter(&mut words, [10, 14, 2, 6]);
        quarter(&mut words, [15, 3, 7, 11]);
        quarter(&mut words, [0, 1, 2, 3]);
        quarter(&mut words, [5, 6, 7, 4]);
        quarter(&mut words, [10, 11, 8, 9]);
        quarter(&mut words, [15, 12, 13, 14]);
    }
    for at in 0..16 {
        words[at] = words[at].wrapping_add(square[at]);
    }
    words
}

#[inline]
fn quarter(words: &mut Square, [a, b, c, d]: [usize; 4]) {
    words[b] ^= words[a].wrapping_add(words[d]).rotate_left(7);
    words[c] ^= words[b].wrapping_add(words[a]).rotate_left(9);
    words[d] ^= words[c].wrapping_add(words[b]).rotate_left(13);
    words[a] ^= words[d].wrapping_add(words[c]).rotate_left(18);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(password: &str, salt: &str, cost: (usize, usize)) -> String {
        let mut key = [0; 64];
        let mut memory = Memory::default();
        // The second time on what the first one left.
        for _ in 0..2 {
            let salt = salt.as_bytes();
            scrypt(password.as_bytes(), salt, cost, &mut memory, &mut key).unwrap();
        }
        super::super::digest::hex(&key[..16])
    }

    // RFC 7914, 12.
    #[test]
    fn keys_are_those_of_the_standard() {
        let few = derived("password", "NaCl", (1024, 16));
        assert_eq!(few, "fdbabe1c9d3472007856e7190d01e9fe");
        let many = derived("pleaseletmein", "SodiumChloride", (16_384, 1));
        assert_eq!(many, "7023bdcb3afd7348461c06cd81fd38eb");
    }

    #[test]
    fn blocks_and_lanes_have_a_limit() {
        for cost in [(2 * BLOCKS_MAX, 1), (1000, 1), (2, LANES_MAX + 1)] {
            assert!(scrypt(b"", b"", cost, &mut Memory::default(), &mut [0; 64]).is_err());
        }
    }
}

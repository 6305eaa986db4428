//! The reference implementation of every trait, in memory.

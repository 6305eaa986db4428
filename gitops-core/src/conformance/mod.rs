//! The rules of the traits, as tests.

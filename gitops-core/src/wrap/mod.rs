//! Traits around traits: retry, timeout, tracing, caching.

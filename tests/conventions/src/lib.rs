//! Tests of the project's own rules; see `tests/`.

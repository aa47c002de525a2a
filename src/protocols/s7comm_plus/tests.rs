//! Tests of S7comm-plus.

//! Tests of S7comm on octets from captures and on hand-made ones.

//! Tests of the inventory with hand-made events.

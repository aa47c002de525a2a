//! The words every room speaks: time, endpoints, sides, fields, operations, attributes, faults.
//!
//! Used by every room; uses none. What stands here is small, plain data without behaviour of
//! its own, so that a detector or an output written once serves every protocol.

pub mod assets;
pub mod attack;
pub mod attribute;
pub mod endpoint;
pub mod fault;
pub mod message;
pub mod operation;
pub mod program;
pub mod resolution;
pub mod role;
pub mod text;
pub mod time;
pub mod value;

pub use assets::Assets;
pub use attribute::{Attribute, Property, Subject};
pub use endpoint::{Endpoint, Host, Mac, Side};
pub use fault::Fault;
pub use message::{Field, Kind, Message, Visitor};
pub use operation::{Class, Item, Meaning, Operation, Outcome, Stamp, Target, Technique};
pub use program::{Legend, Piece, Way};
pub use resolution::Resolution;
pub use text::{is_hidden, plain};
pub use time::Time;
pub use value::{Row, Scalar, Values};

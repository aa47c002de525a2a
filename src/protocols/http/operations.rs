//! What HTTP methods mean. Reading is told once a connection, changing each time.

use crate::facts::{Class, Meaning};

/// GET, HEAD, OPTIONS and the like.
pub(super) static READ: Meaning = Meaning {
    name: "web request",
    class: Class::Read,
    criticality: 0,
    techniques: &[],
};

/// POST: a form or a call.
pub(super) static POST: Meaning = Meaning {
    name: "web form or call",
    class: Class::Write,
    criticality: 1,
    techniques: &[],
};

/// PUT and PATCH.
pub(super) static PUT: Meaning = Meaning {
    name: "web upload",
    class: Class::Write,
    criticality: 1,
    techniques: &[],
};

/// DELETE.
pub(super) static DELETE: Meaning = Meaning {
    name: "web delete",
    class: Class::Write,
    criticality: 1,
    techniques: &[],
};

/// All of them.
pub(super) static MEANINGS: &[&Meaning] = &[&READ, &POST, &PUT, &DELETE];

/// What a method means, and the number by which operations tell it apart.
pub(super) fn meaning(method: &[u8]) -> (&'static Meaning, u32) {
    match method {
        b"POST" => (&POST, 1),
        b"PUT" => (&PUT, 2),
        b"PATCH" => (&PUT, 3),
        b"DELETE" => (&DELETE, 4),
        _ => (&READ, 0),
    }
}

/// Name of a status that refuses (RFC 9110, 15.5 and 15.6).
pub(super) const fn refusal(status: u16) -> &'static str {
    match status {
        400 => "bad request",
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not found",
        405 => "method not allowed",
        408 => "request timeout",
        500 => "internal server error",
        501 => "not implemented",
        502 => "bad gateway",
        503 => "service unavailable",
        _ if status < 500 => "client error",
        _ => "server error",
    }
}

//! What can be wrong with HTTP, under the names that rules know it by, one each direction.

use super::wire::{Flaws, Head};
use crate::facts::Fault;

const fn fault(name: &'static str, doc: &'static str) -> Fault {
    Fault { name, doc }
}

/// A first line that is none.
pub(super) const INVALID_HEAD: Fault = fault(
    "http.invalid_header",
    "A message begins with a request line or a status line (RFC 9112, 2.1)",
);

/// Two faults: of a request and of a response.
type Pair = (Fault, Fault);

pub(super) const TOO_LONG: Pair = (
    fault(
        "http.request_field_too_long",
        "The head of a request ends within 28 KiB (servers allow 8 to 16 KiB)",
    ),
    fault(
        "http.response_field_too_long",
        "The head of a response ends within 28 KiB (servers send 1 to 4 KiB)",
    ),
);

const MISSING_COLON: Pair = (
    fault(
        "http.request_field_missing_colon",
        "Each field line of a request has a colon (RFC 9112, 5)",
    ),
    fault(
        "http.response_field_missing_colon",
        "Each field line of a response has a colon (RFC 9112, 5)",
    ),
);

const INVALID_LENGTH: Pair = (
    fault(
        "http.invalid_content_length_field_in_request",
        "Content-Length of a request is a number (RFC 9112, 6.2)",
    ),
    fault(
        "http.invalid_content_length_field_in_response",
        "Content-Length of a response is a number (RFC 9112, 6.2)",
    ),
);

const TWO_LENGTHS: Pair = (
    fault(
        "http.duplicate_content_length_field_in_request",
        "A request has one Content-Length, or equal ones (RFC 9112, 6.3)",
    ),
    fault(
        "http.duplicate_content_length_field_in_response",
        "A response has one Content-Length, or equal ones (RFC 9112, 6.3)",
    ),
);

const INVALID_CODING: Pair = (
    fault(
        "http.invalid_transfer_encoding_value_in_request",
        "The last transfer coding of a request is chunked (RFC 9112, 6.1)",
    ),
    fault(
        "http.invalid_transfer_encoding_value_in_response",
        "The last transfer coding of a response is chunked (RFC 9112, 6.1)",
    ),
);

const MANY_FIELDS: Pair = (
    fault(
        "http.request_too_many_headers",
        "A request has at most 128 fields (servers allow 100)",
    ),
    fault(
        "http.response_too_many_headers",
        "A response has at most 128 fields (clients allow 100 and more)",
    ),
);

pub(super) const CHUNK_LENGTH: Pair = (
    fault(
        "http.invalid_request_chunk_len",
        "A chunk of a request begins with its length in hexadecimal digits (RFC 9112, 7.1)",
    ),
    fault(
        "http.invalid_response_chunk_len",
        "A chunk of a response begins with its length in hexadecimal digits (RFC 9112, 7.1)",
    ),
);

const MISSING_HOST: Fault = fault(
    "http.missing_host_header",
    "A request of HTTP/1.1 has a Host field (RFC 9112, 3.2)",
);

const TWO_HOSTS: Fault = fault(
    "http.host_header_ambiguous",
    "A request has one Host field, or equal ones (RFC 9112, 3.2)",
);

/// All of them.
pub(super) static FAULTS: &[&Fault] = &[
    &INVALID_HEAD,
    &TOO_LONG.0,
    &TOO_LONG.1,
    &MISSING_COLON.0,
    &MISSING_COLON.1,
    &INVALID_LENGTH.0,
    &INVALID_LENGTH.1,
    &TWO_LENGTHS.0,
    &TWO_LENGTHS.1,
    &INVALID_CODING.0,
    &INVALID_CODING.1,
    &MANY_FIELDS.0,
    &MANY_FIELDS.1,
    &CHUNK_LENGTH.0,
    &CHUNK_LENGTH.1,
    &MISSING_HOST,
    &TWO_HOSTS,
];

/// The one of a pair that is of this direction.
pub(super) const fn of(pair: &'static Pair, request: bool) -> &'static Fault {
    if request { &pair.0 } else { &pair.1 }
}

/// What is wrong with a head.
pub(super) fn of_head(head: &Head<'_>) -> impl Iterator<Item = &'static Fault> + use<> {
    let request = head.is_request();
    let Flaws {
        no_colon,
        bad_length,
        two_lengths,
        bad_coding,
        many_fields,
        no_host,
        two_hosts,
    } = head.index.flaws;
    [
        no_colon.then_some(of(&MISSING_COLON, request)),
        bad_length.then_some(of(&INVALID_LENGTH, request)),
        two_lengths.then_some(of(&TWO_LENGTHS, request)),
        bad_coding.then_some(of(&INVALID_CODING, request)),
        many_fields.then_some(of(&MANY_FIELDS, request)),
        no_host.then_some(&MISSING_HOST),
        two_hosts.then_some(&TWO_HOSTS),
    ]
    .into_iter()
    .flatten()
}

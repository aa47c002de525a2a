//! Transforms: what is done to a buffer before its tests.

use super::{Effect, Keyword};
use crate::rules::parse::Flaw;
use crate::rules::parse::draft::Draft;
use crate::rules::parse::options::Opt;
use crate::rules::rule::Transform;

macro_rules! bare {
    ($($read:ident = $transform:ident;)*) => {
        $(fn $read(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
            option.bare()?;
            draft.transform(Transform::$transform, option.word)
        })*
    };
}

bare! {
    compress = CompressWhitespace;
    dotprefix = DotPrefix;
    header_lowercase = HeaderLowercase;
    md5 = Md5;
    sha1 = Sha1;
    sha256 = Sha256;
    strip_pseudo = StripPseudoHeaders;
    strip = StripWhitespace;
    lowercase = Lowercase;
    uppercase = Uppercase;
    url_decode = UrlDecode;
}

pub(super) static KEYWORDS: &[Keyword] = &[
    Keyword::new(
        "compress_whitespace",
        &[],
        Effect::Tests,
        "Runs of white space become one space.",
        compress,
    ),
    Keyword::new(
        "domain",
        &[],
        Effect::Refused,
        "The registered domain of a host name; not evaluated.",
        super::refused::refuse,
    ),
    Keyword::new(
        "dotprefix",
        &[],
        Effect::Tests,
        "A dot in front of a host name.",
        dotprefix,
    ),
    Keyword::new(
        "header_lowercase",
        &[],
        Effect::Tests,
        "Names of headers in lower case.",
        header_lowercase,
    ),
    Keyword::new(
        "pcrexform",
        &[],
        Effect::Refused,
        "What the first group of an expression takes; not evaluated.",
        super::refused::refuse,
    ),
    Keyword::new(
        "strip_pseudo_headers",
        &[],
        Effect::Tests,
        "Without pseudo headers.",
        strip_pseudo,
    ),
    Keyword::new(
        "strip_whitespace",
        &[],
        Effect::Tests,
        "Without white space.",
        strip,
    ),
    Keyword::new(
        "tld",
        &[],
        Effect::Refused,
        "The top-level domain of a host name; not evaluated.",
        super::refused::refuse,
    ),
    Keyword::new(
        "to_lowercase",
        &[],
        Effect::Tests,
        "In lower case.",
        lowercase,
    ),
    Keyword::new(
        "to_md5",
        &[],
        Effect::Tests,
        "MD5 of the buffer, 16 octets.",
        md5,
    ),
    Keyword::new(
        "to_sha1",
        &[],
        Effect::Tests,
        "SHA-1 of the buffer, 20 octets.",
        sha1,
    ),
    Keyword::new(
        "to_sha256",
        &[],
        Effect::Tests,
        "SHA-256 of the buffer, 32 octets.",
        sha256,
    ),
    Keyword::new(
        "to_uppercase",
        &[],
        Effect::Tests,
        "In upper case.",
        uppercase,
    ),
    Keyword::new(
        "url_decode",
        &[],
        Effect::Tests,
        "With %41 and + decoded.",
        url_decode,
    ),
    Keyword::new(
        "xor",
        &[],
        Effect::Tests,
        "XOR with a key in hexadecimal: xor:\"0d0ac8ff\".",
        xor,
    ),
];

fn xor(draft: &mut Draft<'_>, option: Opt<'_>) -> Result<(), Flaw> {
    let text = option.wanted()?.unquoted()?;
    let key = data_encoding::HEXLOWER_PERMISSIVE
        .decode(text.text.as_bytes())
        .ok()
        .filter(|key| !key.is_empty() && key.len() <= 255)
        .ok_or_else(|| text.flaw("the key is not 1 to 255 octets in hexadecimal"))?;
    draft.transform(Transform::Xor(key), option.word)
}

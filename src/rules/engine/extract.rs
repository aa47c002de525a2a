//! Numbers out of octets: `byte_test`, `byte_jump`, `byte_extract`, `byte_math`; and what else
//! is computed from octets.

use super::octets::{Variables, length, signed};
use crate::rules::rule::{ByteJump, ByteMath, ByteTest, Compare, MathOperator, Reading, Value};

/// The value of a number in a rule.
pub(super) fn value(value: Value, variables: &Variables) -> i64 {
    match value {
        Value::Fixed(number) => number,
        Value::Variable(place) => {
            let kept = variables.get(usize::from(place)).copied().unwrap_or(0);
            i64::try_from(kept).unwrap_or(i64::MAX)
        }
    }
}

/// Where a number is read.
struct Where {
    offset: Value,
    relative: bool,
    octets: Value,
}

/// Reads a number: its value and the place behind it.
fn read(
    octets: &[u8],
    place: &Where,
    reading: Reading,
    mask: Option<u64>,
    at: usize,
    variables: &Variables,
) -> Option<(u64, usize)> {
    let base = if place.relative { signed(at) } else { 0 };
    let start = base.checked_add(value(place.offset, variables))?;
    let start = usize::try_from(start).ok()?;
    let count = usize::try_from(value(place.octets, variables)).ok()?;
    let (mut number, end) = if let Some(base) = reading.text {
        let digits = octets.get(start..)?;
        let (number, used) = text(digits.get(..count.min(digits.len()))?, u32::from(base))?;
        (number, start + used)
    } else {
        let end = start.checked_add(count)?;
        let field = octets
            .get(start..end)
            .filter(|_| (1..=8).contains(&count))?;
        let push = |number: u64, octet: &u8| number << 8 | u64::from(*octet);
        let number = if reading.little || reading.dce {
            field.iter().rev().fold(0, push)
        } else {
            field.iter().fold(0, push)
        };
        (number, end)
    };
    if let Some(mask) = mask.filter(|mask| *mask != 0) {
        number = (number & mask) >> mask.trailing_zeros();
    }
    Some((number, end))
}

/// A number in text: leading blanks and, to base 16, a leading `0x` are passed over. At least
/// one digit.
fn text(digits: &[u8], base: u32) -> Option<(u64, usize)> {
    let blanks = digits
        .iter()
        .take_while(|c| c.is_ascii_whitespace())
        .count();
    let rest = digits.get(blanks..)?;
    let prefix = match rest {
        [b'0', b'x' | b'X', ..] if base == 16 => 2,
        _ => 0,
    };
    let mut number = 0u64;
    let mut used = 0;
    for digit in rest.get(prefix..)? {
        let Some(digit) = char::from(*digit).to_digit(base) else {
            break;
        };
        number = number
            .saturating_mul(u64::from(base))
            .saturating_add(u64::from(digit));
        used += 1;
    }
    (used > 0).then_some((number, blanks + prefix + used))
}

/// `byte_test`.
pub(super) fn test(octets: &[u8], test: &ByteTest, at: usize, variables: &Variables) -> bool {
    let place = Where {
        offset: test.offset,
        relative: test.relative,
        octets: test.octets,
    };
    let Some((number, _)) = read(octets, &place, test.reading, test.mask, at, variables) else {
        return false;
    };
    let other = match test.value {
        Value::Fixed(fixed) => fixed.cast_unsigned(),
        Value::Variable(place) => variables.get(usize::from(place)).copied().unwrap_or(0),
    };
    let holds = match test.compare {
        Compare::Less => number < other,
        Compare::LessEqual => number <= other,
        Compare::Equal => number == other,
        Compare::Greater => number > other,
        Compare::GreaterEqual => number >= other,
        Compare::And => number & other != 0,
        Compare::Xor => number ^ other != 0,
    };
    holds != test.negated
}

/// `byte_jump`: where the next relative test looks from. A jump out of the buffer fails; one to
/// its very end is the way to ask that nothing follows.
pub(super) fn jump(
    octets: &[u8],
    jump: &ByteJump,
    at: usize,
    variables: &Variables,
) -> Option<usize> {
    let place = Where {
        offset: jump.offset,
        relative: jump.relative,
        octets: jump.octets,
    };
    let (number, end) = if value(jump.octets, variables) == 0 {
        let base = if jump.relative { signed(at) } else { 0 };
        let start = base.checked_add(value(jump.offset, variables))?;
        (0, usize::try_from(start).ok()?)
    } else {
        read(octets, &place, jump.reading, jump.mask, at, variables)?
    };
    let mut distance = i64::try_from(number)
        .ok()?
        .checked_mul(i64::from(jump.multiplier.max(1)))?;
    if jump.align {
        distance = distance.checked_add(3)? & !3;
    }
    distance = distance.checked_add(i64::from(jump.post_offset))?;
    let base = if jump.from_beginning {
        0
    } else if jump.from_end {
        length(octets)
    } else {
        signed(end)
    };
    let target = base.checked_add(distance)?;
    let target = usize::try_from(target).ok()?;
    (target <= octets.len()).then_some(target)
}

/// `byte_extract` and `byte_math`: keeps a number; answers the place behind what was read.
pub(super) fn math(
    octets: &[u8],
    math: &ByteMath,
    at: usize,
    variables: &mut Variables,
) -> Option<usize> {
    let place = Where {
        offset: math.offset,
        relative: math.relative,
        octets: math.octets,
    };
    let (number, end) = read(octets, &place, math.reading, math.mask, at, variables)?;
    let kept = match math.math {
        None => {
            let number = number.checked_mul(u64::from(math.multiplier.max(1)))?;
            match u64::from(math.align) {
                align @ 1.. => number.checked_next_multiple_of(align)?,
                0 => number,
            }
        }
        Some((operator, right)) => {
            let right = value(right, variables).cast_unsigned();
            let bits = u32::try_from(right).ok();
            match operator {
                MathOperator::Add => number.wrapping_add(right),
                MathOperator::Subtract => number.wrapping_sub(right),
                MathOperator::Multiply => number.wrapping_mul(right),
                MathOperator::Divide => number.checked_div(right)?,
                MathOperator::ShiftLeft => bits.and_then(|by| number.checked_shl(by)).unwrap_or(0),
                MathOperator::ShiftRight => bits.and_then(|by| number.checked_shr(by)).unwrap_or(0),
            }
        }
    };
    *variables.get_mut(usize::from(math.result))? = kept;
    Some(end)
}

/// `base64_decode`: decodes what can be decoded, at most what the rule names (RFC 4648, 4).
pub(super) fn base64(
    octets: &[u8],
    start: usize,
    most: Option<u32>,
    decoded: &mut Vec<u8>,
) -> bool {
    decoded.clear();
    let Some(encoded) = octets.get(start..) else {
        return false;
    };
    let most = most.map_or(encoded.len(), |most| most as usize);
    let (mut bits, mut held) = (0u32, 0);
    for octet in encoded.iter().take(most) {
        let six = match octet {
            b'A'..=b'Z' => octet - b'A',
            b'a'..=b'z' => octet - b'a' + 26,
            b'0'..=b'9' => octet - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'\r' | b'\n' | b' ' => continue,
            _ => break,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            let [.., octet] = (bits >> held).to_be_bytes();
            decoded.push(octet);
        }
    }
    !decoded.is_empty()
}

/// Shannon's entropy in bits an octet, 0 to 8.
pub(super) fn entropy(octets: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    for octet in octets {
        if let Some(count) = counts.get_mut(usize::from(*octet)) {
            *count += 1;
        }
    }
    #[allow(
        clippy::cast_precision_loss,
        reason = "a buffer is far below 2^52 octets"
    )]
    let all = octets.len() as f64;
    let part = |count: &u32| {
        let share = f64::from(*count) / all;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(part).sum()
}

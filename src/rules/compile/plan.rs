//! One rule, made ready to be evaluated: its parts by level.

use super::ends::Ends;
use super::fast::{self, Needle};
use super::needs::{Asks, Needs};
use super::reach;
use super::steps::{self, Step};
use crate::facts::Kind;
use crate::protocols::PROTOCOLS;
use crate::rules::rule::{
    Action, AssetTest, AssetWord, BitAct, Buffer, BufferTest, FieldRef, FieldTest, HeaderBuffer,
    Mark, Number, OctetTest, Over, PacketTest, Rule, Transform, ValueTest,
};

/// Where a rule, or a part of it, is evaluated; the greatest of a rule's levels decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rules) enum Level {
    /// Headers and octets of a packet or of a stream.
    Octets,
    /// Fields of a message.
    Message,
    /// An operation.
    Operation,
    /// An event.
    Event,
}

/// One rule, ready.
#[derive(Debug)]
pub(in crate::rules) struct Plan {
    pub(in crate::rules) asks: Asks,
    pub(in crate::rules) ends: (Ends, Ends),
    pub(in crate::rules) both_ways: bool,
    pub(in crate::rules) last: Level,
    /// What must hold of the packet and its octets; empty where nothing is asked.
    pub(in crate::rules) octets: OctetPart,
    pub(in crate::rules) message: MessagePart,
    /// What the conversation must speak, beside the header's word.
    pub(in crate::rules) speaks: Box<[(Option<&'static str>, bool)]>,
    /// Matches once for each direction of a flow: addresses are all it asks for.
    pub(in crate::rules) addresses_only: bool,
    /// Matches only where the actor came to the device less than so many seconds before.
    pub(in crate::rules) new_actor: Option<u64>,
    /// The desk decides.
    pub(in crate::rules) site: bool,
    /// Of its matches few need to reach the desk.
    pub(in crate::rules) thinned: bool,
}

/// The part of a rule on packets and streams.
#[derive(Debug, Default)]
pub(in crate::rules) struct OctetPart {
    pub(in crate::rules) packet: bool,
    pub(in crate::rules) stream: bool,
    pub(in crate::rules) tests: Box<[PacketTest]>,
    /// What a packet must show before the tests are asked.
    pub(in crate::rules) needs: Needs,
    pub(in crate::rules) buffers: Box<[BufferPlan]>,
    pub(super) needle: Option<Needle>,
    /// Bound to the beginning of the stream.
    pub(in crate::rules) anchored: bool,
    /// Asks for fragmentation or for what headers hold, so that fragments can match too.
    pub(in crate::rules) of_fragments: bool,
}

/// The part of a rule on messages.
#[derive(Debug, Default)]
pub(in crate::rules) struct MessagePart {
    /// Protocols whose messages can match.
    pub(super) protocols: Vec<&'static str>,
    pub(in crate::rules) fields: Box<[FieldTest]>,
    pub(in crate::rules) buffers: Box<[BufferPlan]>,
    pub(super) needle: Option<(usize, Needle)>,
}

/// Tests of one buffer, ready.
#[derive(Debug)]
pub(in crate::rules) struct BufferPlan {
    pub(in crate::rules) source: Source,
    pub(in crate::rules) transforms: Box<[Transform]>,
    pub(in crate::rules) steps: Box<[Step]>,
}

/// Where a buffer comes from.
#[derive(Debug)]
pub(in crate::rules) enum Source {
    /// The packet's content, or the stream's.
    Content,
    /// The packet's content alone.
    Packet,
    Header(HeaderBuffer),
    /// Fields of messages; for each protocol its place among the buffers that messages of that
    /// protocol are read into.
    Fields(Vec<FieldRef>, Vec<(&'static str, usize)>),
    /// What `base64_decode` left.
    Base64,
}

impl Plan {
    pub(super) fn new(rule: &Rule) -> Result<Self, String> {
        refuse(rule)?;
        let (octets, fields) = split(&rule.buffers)?;
        let own_tests = |test: &&PacketTest| !matches!(test, PacketTest::Protocol { .. });
        let tests: Vec<PacketTest> = rule.packet.iter().filter(own_tests).cloned().collect();
        let has_octets = !octets.is_empty() || !tests.is_empty();
        let has_fields = !fields.is_empty() || !rule.fields.is_empty();
        let last = if !rule.events.is_empty() {
            Level::Event
        } else if !rule.operation.is_empty() {
            Level::Operation
        } else if has_fields || (matches!(rule.over, Over::Protocol(_)) && !has_octets) {
            Level::Message
        } else {
            Level::Octets
        };
        let octets = OctetPart::new(rule, &octets, tests, has_octets || last == Level::Octets)?;
        let message = MessagePart::new(rule, &fields, has_fields || last == Level::Message)?;
        refuse_marks(rule, last, &message)?;
        let speaks = rule.packet.iter().filter_map(|test| match test {
            PacketTest::Protocol { name, negated } => Some((*name, *negated)),
            _ => None,
        });
        let speaks: Box<[_]> = speaks.collect();
        let ends = (Ends::new(&rule.ends.0), Ends::new(&rule.ends.1));
        let addresses_only = last == Level::Octets
            && !has_octets
            && matches!(
                rule.over,
                Over::Ip | Over::IpVersion(_) | Over::Tcp | Over::Udp | Over::Icmp
            )
            && rule.flow == Default::default()
            && rule.bits.is_empty()
            && speaks.is_empty()
            && ends.0.any_port()
            && ends.1.any_port();
        let new_actor = rule.assets.iter().find_map(|test| match test.what {
            AssetWord::NewActor(seconds) if !test.negated => Some(seconds),
            _ => None,
        });
        Ok(Self {
            asks: Asks::of(rule, &ends),
            ends,
            both_ways: rule.both_ways,
            last,
            octets,
            message,
            speaks,
            addresses_only,
            new_actor,
            site: reach::is_of_site(rule),
            thinned: reach::is_thinned(rule),
        })
    }

    /// Whether a conversation that speaks this is one that the rule asks for, whose header is
    /// laid over `over`.
    pub(in crate::rules) fn is_spoken(&self, over: Over, speaks: Option<&str>) -> bool {
        let by_header = match over {
            Over::Protocol(protocol) => speaks == Some(protocol),
            _ => true,
        };
        let mut asked = self.speaks.iter();
        by_header && asked.all(|(name, negated)| (speaks == *name) != *negated)
    }

    /// Whether some lower part of the rule must have matched before its last one.
    pub(in crate::rules) fn needs(&self, level: Level) -> bool {
        level < self.last
            && match level {
                Level::Octets => self.octets.packet || self.octets.stream,
                Level::Message => !self.message.protocols.is_empty(),
                Level::Operation | Level::Event => false,
            }
    }
}

/// Refuses what nothing evaluates.
fn refuse(rule: &Rule) -> Result<(), String> {
    if rule.events.len() > 1 {
        return Err("several events in one rule: no packet shows them all".to_owned());
    }
    let actor = |test: &AssetTest| matches!(test.what, AssetWord::NewActor(_));
    if rule.operation.is_empty() && rule.assets.iter().any(actor) {
        return Err("`ot.actor` needs another word about the operation".to_owned());
    }
    let dce = |test: &OctetTest| match test {
        OctetTest::ByteTest(test) => test.reading.dce,
        OctetTest::ByteJump(jump) => jump.reading.dce,
        OctetTest::ByteMath(math) => math.reading.dce,
        _ => false,
    };
    if rule
        .buffers
        .iter()
        .any(|buffer| buffer.tests.iter().any(dce))
    {
        return Err("the octet order of DCE/RPC is not known: `dce` is not evaluated".to_owned());
    }
    Ok(())
}

/// Refuses marks that what decides the match does not have.
fn refuse_marks(rule: &Rule, last: Level, message: &MessagePart) -> Result<(), String> {
    let unique = rule.limits.iter().filter_map(|limit| limit.unique);
    if unique.clone().count() > 1 {
        return Err("a rule has one unique_on".to_owned());
    }
    let change = rule
        .change
        .iter()
        .flat_map(|c| [Some(c.of), c.by])
        .flatten();
    for mark in unique.chain(change) {
        match mark {
            Mark::Field(field) if last != Level::Message || !message.reads(field) => {
                return Err(
                    "unique_on and changed of a field need a rule over messages of that \
                            protocol, without ot. words"
                        .to_owned(),
                );
            }
            Mark::Operation | Mark::Target if last != Level::Operation => {
                return Err("unique_on ot.name and ot.target need a rule with ot. words".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Where a rule stands in the order of decision.
pub(super) fn order(rule: &Rule) -> (bool, u8) {
    let sets = |act: &BitAct| {
        matches!(
            act,
            BitAct::Set(_) | BitAct::Unset | BitAct::Toggle | BitAct::Assign(_) | BitAct::Add(_)
        )
    };
    let writes = rule.bits.iter().any(|bit| sets(&bit.act));
    let reads = rule.bits.iter().any(|bit| !sets(&bit.act));
    let place = match (writes, reads) {
        (true, false) => 0,
        (true, true) => 1,
        (false, true) => 2,
        (false, false) => 3,
    };
    (rule.action != Action::Pass, place)
}

/// A rule's buffers on octets, and those on fields. What base64 left goes with the buffer it
/// was decoded from.
fn split(buffers: &[BufferTest]) -> Result<(Vec<&BufferTest>, Vec<&BufferTest>), String> {
    let (mut octets, mut fields) = (Vec::new(), Vec::new());
    let mut on_fields = false;
    for buffer in buffers {
        match &buffer.buffer {
            Buffer::Payload | Buffer::Packet | Buffer::Header(_) => on_fields = false,
            Buffer::Fields(_) => on_fields = true,
            Buffer::Pdu | Buffer::PduPart { .. } => {
                return Err("the octets of a PDU are not a buffer yet".to_owned());
            }
            Buffer::Base64 => {}
        }
        if on_fields {
            fields.push(buffer);
        } else {
            octets.push(buffer);
        }
    }
    Ok((octets, fields))
}

fn buffer_plan(test: &BufferTest) -> Result<BufferPlan, String> {
    for transform in &test.transforms {
        let name = match transform {
            Transform::Regex(_) => "pcrexform",
            Transform::Domain => "domain",
            Transform::TopLevelDomain => "tld",
            _ => continue,
        };
        return Err(format!("the transform `{name}` is not evaluated"));
    }
    Ok(BufferPlan {
        source: match &test.buffer {
            Buffer::Packet => Source::Packet,
            Buffer::Header(header) => Source::Header(*header),
            Buffer::Fields(fields) => Source::Fields(fields.clone(), Vec::new()),
            Buffer::Base64 => Source::Base64,
            Buffer::Payload | Buffer::Pdu | Buffer::PduPart { .. } => Source::Content,
        },
        transforms: test.transforms.clone().into(),
        steps: steps::steps(test)?,
    })
}

impl OctetPart {
    fn new(
        rule: &Rule,
        buffers: &[&BufferTest],
        tests: Vec<PacketTest>,
        used: bool,
    ) -> Result<Self, String> {
        if !used {
            return Ok(Self::default());
        }
        let headers = |buffer: &&&BufferTest| !matches!(buffer.buffer, Buffer::Payload);
        let sized = |test: &OctetTest| matches!(test, OctetTest::Size(_));
        let packet_only = !tests.is_empty()
            || rule.flow.no_stream
            || rule.over == Over::TcpPacket
            || rule.flow.fragments.is_some()
            || buffers
                .iter()
                .find(headers)
                .is_some_and(|b| b.buffer != Buffer::Base64)
            || buffers.iter().any(|buffer| buffer.tests.iter().any(sized));
        let of_headers = |test: &PacketTest| {
            matches!(
                test,
                PacketTest::Event(_)
                    | PacketTest::FragmentBits { .. }
                    | PacketTest::FragmentOffset(_)
            )
        };
        let of_fragments = matches!(rule.over, Over::Ip | Over::IpVersion(_) | Over::Any)
            && (rule.flow.fragments == Some(true) || tests.iter().any(of_headers));
        let stream_only = rule.over == Over::TcpStream || rule.flow.only_stream;
        let positioned = buffers.iter().any(|buffer| is_positioned(buffer));
        let content = buffers.iter().any(|b| b.buffer == Buffer::Payload);
        let both = positioned || !rule.flow.sizes.is_empty();
        let can_stream = matches!(
            rule.over,
            Over::Ip
                | Over::IpVersion(_)
                | Over::Tcp
                | Over::TcpStream
                | Over::Protocol(_)
                | Over::Any
        );
        let stream = (stream_only || (content && can_stream && !packet_only)) && can_stream;
        let choice = fast::choose(
            buffers
                .iter()
                .enumerate()
                .filter(|(_, b)| {
                    b.transforms.is_empty() && matches!(b.buffer, Buffer::Payload | Buffer::Packet)
                })
                .map(|(place, buffer)| (place, *buffer)),
        );
        Ok(Self {
            packet: !stream || (both && !stream_only) || !stream_is_all(rule.over),
            stream,
            needs: Needs::of(&tests),
            tests: tests.into(),
            buffers: buffers
                .iter()
                .map(|test| buffer_plan(test))
                .collect::<Result<_, _>>()?,
            needle: choice.map(|(_, needle)| needle.cut()),
            anchored: positioned,
            of_fragments,
        })
    }

    /// Whether the part looks at packets of TCP although it looks at the stream too.
    pub(in crate::rules) const fn packets_of_tcp(&self) -> bool {
        !self.stream || self.anchored
    }
}

/// Whether what a header is laid over is TCP alone.
const fn stream_is_all(over: Over) -> bool {
    matches!(over, Over::Tcp | Over::TcpStream)
}

/// Whether some content must lie at a place counted from the start.
fn is_positioned(buffer: &BufferTest) -> bool {
    buffer.buffer == Buffer::Payload
        && buffer.tests.iter().any(|test| match test {
            OctetTest::Content(content) => {
                content.offset.is_some() || content.depth.is_some() || content.starts
            }
            _ => false,
        })
}

impl MessagePart {
    fn new(rule: &Rule, buffers: &[&BufferTest], used: bool) -> Result<Self, String> {
        if !used {
            return Ok(Self::default());
        }
        let named = |fields: &[FieldRef]| -> Vec<&'static str> {
            fields.iter().map(|field| field.protocol).collect()
        };
        let mut protocols: Option<Vec<&'static str>> = match rule.over {
            Over::Protocol(protocol) => Some(vec![protocol]),
            _ => None,
        };
        let mut narrow = |these: Vec<&'static str>| match &mut protocols {
            Some(held) => held.retain(|protocol| these.contains(protocol)),
            None => protocols = Some(these),
        };
        for buffer in buffers {
            if let Buffer::Fields(fields) = &buffer.buffer {
                narrow(named(fields));
            }
        }
        for test in &rule.fields {
            narrow(vec![test.field.protocol]);
        }
        let mut protocols = protocols.unwrap_or_default();
        protocols.sort_unstable();
        protocols.dedup();
        if protocols.is_empty() {
            return Err(
                "its fields are of different protocols: no message has them all".to_owned(),
            );
        }
        let choice = fast::choose(
            buffers
                .iter()
                .enumerate()
                .filter(|(_, b)| matches!(b.buffer, Buffer::Fields(_)))
                .map(|(place, buffer)| (place, *buffer)),
        );
        Ok(Self {
            protocols,
            fields: rule.fields.clone().into(),
            buffers: buffers
                .iter()
                .map(|test| buffer_plan(test))
                .collect::<Result<_, _>>()?,
            needle: choice,
        })
    }

    /// Whether all messages that it looks at have this field.
    fn reads(&self, field: FieldRef) -> bool {
        self.protocols == [field.protocol]
    }

    /// A test of one number that is read before anything else, and the few numbers it can be.
    pub(super) fn key(&self) -> Option<(FieldRef, Vec<u64>)> {
        let single = self.fields.iter().filter(|test| test.key.is_none());
        single
            .filter_map(|test| match &test.test {
                ValueTest::Number(number) => Some((test.field, few(number)?)),
                _ => None,
            })
            .filter(|(field, _)| !is_list(*field))
            .min_by_key(|(_, numbers)| numbers.len())
    }
}

/// The numbers that a test lets through, where they are few.
fn few(number: &Number) -> Option<Vec<u64>> {
    match number {
        Number::OneOf(all) if all.len() <= KEYS => Some(all.clone()),
        Number::Within(first, last) if last.saturating_sub(*first) < KEYS as u64 => {
            Some((*first..=*last).collect())
        }
        _ => None,
    }
}

/// Whether a field has several values: the first one decides nothing.
fn is_list(field: FieldRef) -> bool {
    let mut known = PROTOCOLS.iter();
    let protocol = known.find(|protocol| protocol.name() == field.protocol);
    let field = protocol.and_then(|protocol| protocol.field(usize::from(field.index)));
    field.is_none_or(|field| field.kind == Kind::List)
}

/// Most values of one test under which a rule is filed.
const KEYS: usize = 16;

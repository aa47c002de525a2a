//! A rule while its words are read: what they fill, and which buffer and content the next word
//! is about.
//!
//! Called by the words. [`Draft::finish`] makes the rule.

use super::header::Header;
use super::text::Text;
use super::{Cause, Flaw};
use crate::rules::Names;
use crate::rules::classes::Classes;
use crate::rules::rule::{
    AssetTest, Bit, Buffer, BufferTest, Change, Content, EventTest, Fast, FieldRef, FieldTest,
    FlowTest, Id, Limit, OctetTest, OperationTest, Origin, Over, PacketTest, Rule, Transform,
    Value,
};
use crate::rules::severity::UNSTATED;
use std::path::Path;
use std::sync::Arc;

/// Most variables of `byte_extract` and `byte_math` in one rule.
const VARIABLES: usize = 32;

/// What words may look up or add to while they are read.
#[derive(Debug)]
pub(crate) struct Surroundings<'l> {
    /// Names of bits.
    pub(crate) names: &'l mut Names,
    /// Classes of rules.
    pub(crate) classes: &'l Classes,
    /// Lists of datasets.
    pub(crate) lists: &'l mut crate::rules::lists::Lists,
    /// Names of the site's zones, where they are known.
    pub(crate) zones: Option<&'l [String]>,
    /// Folder of the rule file.
    pub(crate) folder: &'l Path,
}

/// One test with what `fast_pattern` said of it.
#[derive(Debug)]
struct Test {
    test: OctetTest,
    fast: Option<(Option<(u16, u16)>, bool)>,
}

/// The tests of one buffer.
#[derive(Debug)]
struct Part {
    buffer: Buffer,
    transforms: Vec<Transform>,
    tests: Vec<Test>,
}

/// The buffer that a sticky word chose.
#[derive(Debug)]
struct Chosen {
    buffer: Buffer,
    transforms: Vec<Transform>,
    word: String,
    used: bool,
}

/// A rule while it is read.
#[derive(Debug)]
pub(crate) struct Draft<'l> {
    pub(crate) around: Surroundings<'l>,
    pub(crate) header: Header,
    pub(crate) message: Option<Arc<str>>,
    pub(crate) gid: Option<u32>,
    pub(crate) sid: Option<u32>,
    pub(crate) rev: Option<u32>,
    pub(crate) class: Option<(Arc<str>, Arc<str>)>,
    pub(crate) class_severity: Option<u8>,
    pub(crate) priority: Option<u8>,
    pub(crate) references: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) metadata: Vec<(Arc<str>, Arc<str>)>,
    pub(crate) target_is_source: Option<bool>,
    pub(crate) flow: FlowTest,
    pub(crate) packet: Vec<PacketTest>,
    parts: Vec<Part>,
    pub(crate) fields: Vec<FieldTest>,
    pub(crate) operation: Vec<OperationTest>,
    pub(crate) assets: Vec<AssetTest>,
    pub(crate) events: Vec<EventTest>,
    pub(crate) bits: Vec<Bit>,
    pub(crate) limits: Vec<Limit>,
    pub(crate) change: Option<Change>,
    pub(crate) silent: bool,
    /// What is to be told of the rule though it loads.
    pub(crate) notes: Vec<String>,
    chosen: Option<Chosen>,
    /// Buffer of the last test, for tests relative to it.
    last: Option<usize>,
    /// Buffer and place of the last `content`.
    content: Option<(usize, usize)>,
    /// The rule moves contents by the words behind them: it is of the old spelling.
    pub(crate) moves: bool,
    /// `base64_decode` stands before.
    pub(crate) decodes_base64: bool,
    variables: Vec<String>,
    has_fast: bool,
}

impl<'l> Draft<'l> {
    /// A rule of which only the header is known.
    pub(crate) fn new(header: Header, around: Surroundings<'l>) -> Self {
        Self {
            around,
            header,
            message: None,
            gid: None,
            sid: None,
            rev: None,
            class: None,
            class_severity: None,
            priority: None,
            references: Vec::new(),
            metadata: Vec::new(),
            target_is_source: None,
            flow: FlowTest::default(),
            packet: Vec::new(),
            parts: Vec::new(),
            fields: Vec::new(),
            operation: Vec::new(),
            assets: Vec::new(),
            events: Vec::new(),
            bits: Vec::new(),
            limits: Vec::new(),
            change: None,
            silent: false,
            notes: Vec::new(),
            chosen: None,
            last: None,
            content: None,
            moves: false,
            decodes_base64: false,
            variables: Vec::new(),
            has_fast: false,
        }
    }

    /// Chooses the buffer of the tests that follow.
    pub(crate) fn choose(&mut self, buffer: Buffer, word: &str) {
        self.unused();
        self.chosen = Some(Chosen {
            buffer,
            transforms: Vec::new(),
            word: word.to_owned(),
            used: false,
        });
    }

    /// Back to the payload.
    pub(crate) fn choose_payload(&mut self) {
        self.unused();
        self.chosen = None;
    }

    fn unused(&mut self) {
        if let Some(chosen) = self.chosen.take().filter(|chosen| !chosen.used) {
            self.notes
                .push(format!("nothing is asked of `{}`", chosen.word));
        }
    }

    /// Adds a transform to the chosen buffer.
    pub(crate) fn transform(&mut self, transform: Transform, word: Text<'_>) -> Result<(), Flaw> {
        match &mut self.chosen {
            Some(chosen) => {
                // Behind a test, it holds for the tests that follow.
                chosen.transforms.push(transform);
                chosen.used = false;
                Ok(())
            }
            None => Err(word
                .flaw(format!("`{}` stands behind no buffer", word.text))
                .hint("a transform follows its buffer: dns.query; dotprefix; content:\"...\"")),
        }
    }

    /// Whether a sticky word chose a buffer.
    pub(crate) fn has_chosen(&self) -> bool {
        self.chosen.is_some()
    }

    /// Adds a test of the chosen buffer, or of the payload.
    pub(crate) fn test(&mut self, test: OctetTest) {
        let part = match &mut self.chosen {
            None => self.part(Buffer::Payload, &[]),
            Some(chosen) => {
                chosen.used = true;
                let (buffer, transforms) = (chosen.buffer.clone(), chosen.transforms.clone());
                self.part(buffer, &transforms)
            }
        };
        self.push(part, test);
    }

    /// Adds a test that, where it is relative, goes to the buffer of the last one.
    pub(crate) fn test_after(&mut self, test: OctetTest, relative: bool) {
        match self.last {
            Some(last) if relative && self.chosen.is_none() => self.push(last, test),
            _ => self.test(test),
        }
    }

    /// Adds a test of this buffer, whatever is chosen.
    pub(crate) fn test_of(&mut self, buffer: Buffer, test: OctetTest) {
        let part = self.part(buffer, &[]);
        self.push(part, test);
    }

    fn part(&mut self, buffer: Buffer, transforms: &[Transform]) -> usize {
        let found = self
            .parts
            .iter()
            .position(|part| part.buffer == buffer && part.transforms == transforms);
        found.unwrap_or_else(|| {
            self.parts.push(Part {
                buffer,
                transforms: transforms.to_vec(),
                tests: Vec::new(),
            });
            self.parts.len().saturating_sub(1)
        })
    }

    fn push(&mut self, part: usize, test: OctetTest) {
        let is_content = matches!(test, OctetTest::Content(_));
        self.last = Some(part);
        if let Some(found) = self.parts.get_mut(part) {
            if is_content {
                self.content = Some((part, found.tests.len()));
            }
            found.tests.push(Test { test, fast: None });
        }
    }

    /// The last `content`, for the word `word` that changes it.
    pub(crate) fn content(&mut self, word: Text<'_>) -> Result<&mut Content, Flaw> {
        let missing = || {
            word.flaw(format!("`{}` stands behind no content", word.text))
                .hint("it changes the content before it: content:\"...\"; nocase;")
        };
        let (part, test) = self.content.ok_or_else(missing)?;
        let found = self.parts.get_mut(part).and_then(|p| p.tests.get_mut(test));
        match found.map(|found| &mut found.test) {
            Some(OctetTest::Content(content)) => Ok(content),
            _ => Err(missing()),
        }
    }

    /// Moves the last `content` of the payload, and what follows it there, to another buffer.
    pub(crate) fn move_content(&mut self, buffer: Buffer, word: Text<'_>) -> Result<(), Flaw> {
        self.content(word)?;
        let Some((from, test)) = self.content else {
            return Ok(());
        };
        let source = self.parts.get(from).map(|part| &part.buffer);
        if source != Some(&Buffer::Payload) {
            return Err(word
                .flaw(format!(
                    "the content before `{}` has its buffer already",
                    word.text
                ))
                .because(Cause::Contradiction));
        }
        let tail = self
            .parts
            .get_mut(from)
            .map(|part| part.tests.split_off(test.min(part.tests.len())))
            .unwrap_or_default();
        let to = self.part(buffer, &[]);
        if let Some(part) = self.parts.get_mut(to) {
            self.content = Some((to, part.tests.len()));
            part.tests.extend(tail);
        }
        self.last = Some(to);
        self.moves = true;
        Ok(())
    }

    /// Whether there is a content in the payload that a word of the old spelling can move.
    pub(crate) fn can_move(&self) -> bool {
        let part = self.content.and_then(|(part, _)| self.parts.get(part));
        self.chosen.is_none() && part.is_some_and(|part| part.buffer == Buffer::Payload)
    }

    /// Marks the last `content` as the fast pattern.
    pub(crate) fn fast(
        &mut self,
        word: Text<'_>,
        part: Option<(u16, u16)>,
        only: bool,
    ) -> Result<(), Flaw> {
        let length = self.content(word)?.octets.len();
        if let Some((from, octets)) = part
            && usize::from(from).saturating_add(usize::from(octets)) > length
        {
            return Err(word.flaw("the part of the fast pattern is longer than its content"));
        }
        if self.has_fast {
            return Err(word
                .flaw("a rule has one fast pattern")
                .because(Cause::Contradiction));
        }
        self.has_fast = true;
        if let Some((buffer, test)) = self.content
            && let Some(found) = self
                .parts
                .get_mut(buffer)
                .and_then(|p| p.tests.get_mut(test))
        {
            found.fast = Some((part, only));
        }
        Ok(())
    }

    /// Names the part of the fast pattern where the last `content` is it (Snort 3's spelling).
    pub(crate) fn fast_part(&mut self, word: Text<'_>, part: (u16, u16)) -> Result<(), Flaw> {
        let length = self.content(word)?.octets.len();
        if usize::from(part.0).saturating_add(usize::from(part.1)) > length {
            return Err(word.flaw("the part of the fast pattern is longer than its content"));
        }
        let test = self.content.and_then(|(buffer, test)| {
            self.parts
                .get_mut(buffer)
                .and_then(|part| part.tests.get_mut(test))
        });
        if let Some((kept, _)) = test.and_then(|test| test.fast.as_mut()) {
            *kept = Some(part);
        }
        Ok(())
    }

    /// A new variable of `byte_extract` or `byte_math`, or the one of this name.
    pub(crate) fn new_variable(&mut self, name: Text<'_>) -> Result<u8, Flaw> {
        let plain = name
            .text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        if name.text.is_empty() || !plain || name.text.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(name.flaw(format!("`{}` cannot name a variable", name.shown())));
        }
        if let Some(place) = self.variables.iter().position(|known| known == name.text) {
            return Ok(u8::try_from(place).unwrap_or(u8::MAX));
        }
        if self.variables.len() >= VARIABLES {
            return Err(name.flaw(format!("more than {VARIABLES} variables")));
        }
        self.variables.push(name.text.to_owned());
        let place = self.variables.len().saturating_sub(1);
        Ok(u8::try_from(place).unwrap_or(u8::MAX))
    }

    /// A number, or a variable that was extracted before.
    pub(crate) fn value(&self, text: Text<'_>, least: i64, greatest: i64) -> Result<Value, Flaw> {
        if let Some(place) = self.variables.iter().position(|known| known == text.text) {
            return Ok(Value::Variable(u8::try_from(place).unwrap_or(u8::MAX)));
        }
        if text
            .text
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        {
            return Err(text
                .flaw(format!(
                    "the variable `{}` is not extracted before",
                    text.shown()
                ))
                .hint("byte_extract or byte_math must name it earlier in the rule"));
        }
        let number = text.signed()?;
        if number < least || number > greatest {
            let what = format!("{number} is not from {least} to {greatest}");
            return Err(text.flaw(what));
        }
        Ok(Value::Fixed(number))
    }

    /// Makes the rule, and says what is to be told of it. `at` is the place of the rule's end.
    pub(crate) fn finish(
        mut self,
        at: usize,
        origin: Origin,
        text: Arc<str>,
    ) -> Result<(Rule, Vec<String>), Flaw> {
        self.unused();
        let Some(sid) = self.sid else {
            return Err(Flaw::syntax(at, "the rule has no sid").hint("add sid:1000001; or higher"));
        };
        self.over_fields(at)?;
        let buffers = self.parts.into_iter().filter(|part| !part.tests.is_empty());
        let buffers: Vec<BufferTest> = buffers.map(whole).collect();
        let rule = Rule {
            id: Id {
                gid: self.gid.unwrap_or(1),
                sid,
                rev: self.rev.unwrap_or(0),
            },
            origin,
            text,
            action: self.header.action,
            over: self.header.over,
            ends: self.header.ends,
            both_ways: self.header.both_ways,
            message: self.message.unwrap_or_else(|| "".into()),
            severity: (self.priority)
                .or(self.class_severity)
                .or(self.class.is_some().then_some(UNSTATED)),
            class: self.class,
            references: self.references,
            metadata: self.metadata,
            target_is_source: self.target_is_source,
            flow: self.flow,
            packet: self.packet,
            buffers,
            fields: self.fields,
            operation: self.operation,
            assets: self.assets,
            events: self.events,
            bits: self.bits,
            limits: self.limits,
            change: self.change,
            silent: self.silent,
        };
        Ok((rule, self.notes))
    }

    /// Holds the fields that the rule asks for against the protocol of its header, and lays a
    /// rule over TCP or UDP that asks for fields of one protocol over that protocol.
    fn over_fields(&mut self, at: usize) -> Result<(), Flaw> {
        let mut wanted: Option<&'static str> = None;
        let over = self.header.over;
        let check = |fields: &[FieldRef], wanted: &mut Option<&'static str>| {
            let first = fields.first()?.protocol;
            if fields.iter().any(|field| field.protocol != first) {
                return None;
            }
            if let Over::Protocol(name) = over
                && name != first
            {
                return Some((name, first));
            }
            match *wanted {
                Some(name) if name != first => Some((name, first)),
                _ => {
                    *wanted = Some(first);
                    None
                }
            }
        };
        let buffers = self.parts.iter().filter_map(|part| match &part.buffer {
            Buffer::Fields(fields) if !part.tests.is_empty() => Some(fields.as_slice()),
            _ => None,
        });
        let fields = self
            .fields
            .iter()
            .map(|test| std::slice::from_ref(&test.field));
        for fields in buffers.chain(fields) {
            if let Some((name, other)) = check(fields, &mut wanted) {
                let what = format!("a rule over {name} asks for {other}");
                return Err(Flaw::new(at, Cause::Contradiction, what)
                    .hint("no message is of two protocols"));
            }
        }
        if let Some(name) = wanted {
            match over {
                Over::Ip | Over::Any | Over::Tcp | Over::Udp | Over::TcpStream => {
                    self.header.over = Over::Protocol(name);
                }
                Over::Protocol(_) => {}
                _ => {
                    let what = format!("packets alone cannot be asked for {name}");
                    return Err(Flaw::new(at, Cause::Contradiction, what));
                }
            }
        }
        Ok(())
    }
}

/// The tests of a buffer as the engine reads them.
fn whole(part: Part) -> BufferTest {
    let fast = part.tests.iter().enumerate().find_map(|(test, found)| {
        let (part, only) = found.fast?;
        Some(Fast { test, part, only })
    });
    let tests = part.tests.into_iter().map(|test| match test.test {
        OctetTest::Content(mut content) if content.nocase => {
            content.octets.make_ascii_lowercase();
            OctetTest::Content(content)
        }
        other => other,
    });
    BufferTest {
        buffer: part.buffer,
        transforms: part.transforms,
        tests: tests.collect(),
        fast,
    }
}

//! EVE JSON: one event a line, in Suricata's layout where Suricata has one, so that what reads
//! its events reads these.
//!
//! The subcommands hand over every event in packet order; an [`Eve`] also serves as the tap
//! where every single operation is wanted. `docs/events.md` has the catalogue: a new key is
//! described there. What is written depends on the captures alone: never on the wall clock, a
//! folder's name or the number of workers.

mod alert;
mod anomaly;
mod asset;
mod community;
mod detected;
mod flow;
mod head;
pub mod health;
mod incident;
mod operation;
mod pdu;
#[cfg(test)]
mod tests;

pub use alert::name as name_of_finding;
pub use detected::name as name_of_found;

use crate::capture::Change;
use crate::desk::News;
use crate::desk::inventory::Assets;
use crate::desk::names::Names;
use crate::desk::outputs::{json, time};
use crate::desk::secrets;
use crate::desk::store::Notice;
use crate::desk::triage::Mute;
use crate::facts::{Message, Time};
use crate::rules::compile::Engine;
use crate::sensor::{Event, FindingRecord, FlowId, OperationRecord, OwnedValues, Seen, Tap};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

/// How events are written.
#[derive(Debug)]
pub struct Eve {
    /// File name of the capture, without its folder; `None` where there are several or it
    /// comes through a pipe.
    capture: Option<String>,
    /// Every operation on a line of its own instead of cycles.
    transactions: bool,
    /// Passwords and the like are shown in the lines of the tap. Events come as they are to be
    /// written.
    secrets: bool,
    /// The rules that findings name.
    rules: Option<Arc<Engine>>,
    /// Where the traffic is heard; `None` where captures are replayed.
    live: Option<Live>,
    /// What people know of those whom alerts are about.
    names: Names,
}

/// Where traffic is heard.
#[derive(Debug)]
struct Live {
    /// The sensor's name.
    host: String,
    /// That of its site, where it has one.
    site: Option<Arc<str>>,
    /// The interface; `None` where there are several.
    interface: Option<String>,
}

impl Eve {
    /// Events of a capture with this file name, with every operation where `transactions`.
    #[must_use]
    pub fn new(capture: Option<String>, transactions: bool) -> Self {
        Self {
            capture,
            transactions,
            rules: None,
            secrets: false,
            live: None,
            names: Names::default(),
        }
    }

    /// Events of a live run of the sensor of this name on this site, at this interface or at
    /// several.
    #[must_use]
    pub fn live(host: String, site: Option<String>, interface: Option<String>) -> Self {
        let mut eve = Self::new(None, false);
        eve.live = Some(Live {
            host,
            site: site.map(Arc::from),
            interface,
        });
        eve
    }

    /// The same events, with secrets where `shown`.
    #[must_use]
    pub fn with_secrets(self, shown: bool) -> Self {
        Self {
            secrets: shown,
            ..self
        }
    }

    /// Events with alerts of these rules.
    #[must_use]
    pub fn with_rules(mut self, rules: Option<Arc<Engine>>) -> Self {
        self.rules = rules;
        self
    }

    /// Events that say what people know of those whom they are about.
    #[must_use]
    pub fn with_names(self, names: Names) -> Self {
        Self { names, ..self }
    }

    /// The tap that renders on the workers every operation, where they are wanted, and the
    /// messages that rules are found in.
    #[must_use]
    pub fn tap(&self) -> Option<&dyn Tap> {
        // Rules may come to a live run that has none yet.
        let rules = self.rules.is_some() || self.live.is_some();
        (self.transactions || rules).then_some(self as &dyn Tap)
    }

    /// Begins to write.
    #[must_use]
    pub fn writer(&self) -> Writer<'_> {
        Writer {
            eve: self,
            rules: self.rules.clone(),
            acts: HashMap::new(),
            alerted: HashSet::new(),
        }
    }
}

impl Tap for Eve {
    fn message(&self, _: &Seen, _: &dyn Message) -> Option<Box<str>> {
        None
    }

    fn evidence(&self, message: &dyn Message) -> Option<Box<str>> {
        pdu::of_message(message)
    }

    fn operation(&self, record: &dyn Fn() -> OperationRecord) -> Option<Box<str>> {
        if !self.transactions {
            return None;
        }
        let mut record = record();
        if !self.secrets {
            secrets::mask_operation(&mut record);
        }
        // What is written has neither maps with odd keys nor values that refuse: this does
        // not fail.
        serde_json::to_string(&operation::operation(self, &record))
            .ok()
            .map(String::into_boxed_str)
    }
}

/// Writes events as they come.
#[derive(Debug)]
pub struct Writer<'a> {
    eve: &'a Eve,
    /// The rules that findings name.
    rules: Option<Arc<Engine>>,
    /// What each operation of the conversations that go on is, without its values: what its
    /// cycle tells at the end. Bounded by the sensor, which tells one cycle for each of them.
    acts: HashMap<(FlowId, u32), Box<OperationRecord>>,
    /// Conversations that go on and had an alert; bounded by the sensor, which keeps so many.
    alerted: HashSet<FlowId>,
}

impl Writer<'_> {
    /// Findings are of these rules from now on.
    pub fn renew(&mut self, rules: &Arc<Engine>) {
        self.rules = Some(Arc::clone(rules));
    }

    /// Takes one event, in packet order.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written.
    pub fn take(&mut self, event: Event, out: &mut dyn Write) -> io::Result<()> {
        match event {
            Event::Operation(record) => self.operation(record, out),
            Event::Cycle(cycle) => match self.acts.remove(&(cycle.flow, cycle.fold)) {
                Some(act) => line(&operation::cycle(self.eve, &act, &cycle), out),
                None => Ok(()),
            },
            Event::Finding(record) => self.alert(&record, out),
            Event::Fault(fault) => line(&anomaly::anomaly(self.eve, &fault), out),
            Event::Flow(record) => {
                let alerted = self.alerted.remove(&record.id);
                line(&flow::flow(self.eve, &record, alerted), out)
            }
            Event::Line(rendered) => writeln!(out, "{rendered}"),
            Event::Property(_)
            | Event::Copies(_)
            | Event::Piece(_)
            | Event::SoFar(_)
            | Event::Tick(_) => Ok(()),
        }
    }

    /// Writes what the desk found out itself.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written.
    pub fn news(&mut self, news: &News, out: &mut dyn Write) -> io::Result<()> {
        match news {
            News::Alert(found) => {
                self.alerted.insert(found.alert.scene.flow);
                line(&detected::detected(self.eve, found), out)
            }
            News::Incident(report) => line(&incident::incident(self.eve, report), out),
        }
    }

    /// Writes what happened to an interface.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written.
    pub fn change(&self, change: &Change, now: Time, out: &mut dyn Write) -> io::Result<()> {
        line(&health::change(self.eve, change, now), out)
    }

    /// Writes what happened to what is kept.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written.
    pub fn notice(&self, notice: &Notice, now: Time, out: &mut dyn Write) -> io::Result<()> {
        line(&health::notice(self.eve, notice, now), out)
    }

    /// Writes what the sensor did for itself.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written.
    pub fn deed(&self, deed: &health::Deed, now: Time, out: &mut dyn Write) -> io::Result<()> {
        line(&health::deed(self.eve, deed, now), out)
    }

    /// Writes a heartbeat.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written.
    pub fn alive(&self, alive: &health::Alive, now: Time, out: &mut dyn Write) -> io::Result<()> {
        line(&health::alive(self.eve, alive, now), out)
    }

    /// Writes the devices, as they stand at the `end` of the capture.
    ///
    /// # Errors
    ///
    /// Where `out` cannot be written.
    pub fn finish(self, assets: &Assets, end: Time, out: &mut dyn Write) -> io::Result<()> {
        assets
            .assets
            .iter()
            .try_for_each(|asset| line(&asset::asset(self.eve, asset, end), out))
    }

    fn alert(&mut self, record: &FindingRecord, out: &mut dyn Write) -> io::Result<()> {
        let rules = self.rules.as_ref();
        let Some(rule) = rules.and_then(|rules| rules.rule(record.rule)) else {
            return Ok(());
        };
        self.alerted.insert(record.flow);
        line(&alert::alert(self.eve, rule, record), out)
    }

    fn operation(
        &mut self,
        mut record: Box<OperationRecord>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if self.eve.transactions {
            // The tap has written it.
            return Ok(());
        }
        line(&operation::operation(self.eve, &record), out)?;
        let place = (record.flow, record.fold);
        self.acts.entry(place).or_insert_with(|| {
            for item in &mut record.items {
                item.values = OwnedValues::None;
                item.before = OwnedValues::None;
            }
            record
        });
        Ok(())
    }
}

/// Says in a line that its alert falls under this mute. What is Jaga's own stands last in every
/// event, so that this is put before its end.
pub fn mark_muted(line: &mut Vec<u8>, mute: &Mute) {
    let end: &[u8] = b"}}\n";
    if line.ends_with(end) {
        line.truncate(line.len() - end.len());
        let (number, until) = (mute.number, time::Eve(mute.until));
        let mark = format!(",\"muted\":{{\"mute\":{number},\"until\":\"{until}\"}}}}}}\n");
        line.extend(mark.into_bytes());
    }
}

/// Writes one event.
fn line(event: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    json::write(event, out)?;
    out.write_all(b"\n")
}

//! The audit: what captures show, as a report that one can sign.
//!
//! [`Observer`] takes the conversations of a run beside the picture; [`Audit::new`] joins both
//! with what the report rests on, which [`Audit::write_html`] writes as one page for people and
//! [`Audit::write_json`] for other machines. The same captures and settings give the same bytes;
//! nothing here reads a clock. Text from the traffic is escaped by the page's own escaper.

mod conduits;
mod custody;
mod logins;
mod map;
mod mapping;
mod page;
mod paper;
mod seal;
mod tables;
#[cfg(test)]
mod tests;
mod timeline;
mod weaknesses;
pub(in crate::desk) mod words;
mod zones;

pub use conduits::Conduit;
pub use custody::{Capsule, Custody, Sealed, rules_hash};
pub use mapping::{Coverage, Requirement, Standard, TechniqueRow, Verdict};
pub use seal::{Broken, Seal, Signer, VerifyingKey, public_key, signature_of};
pub use tables::names as table_names;
pub use weaknesses::{Case, Weakness};
pub use words::{sentences_in, title_in};
pub use zones::{Crossing, Passage, Unused, ZoneCheck, ZoneRow};

use super::advisories::Vulnerabilities;
use super::detect::{DETECTORS, Language};
use super::inventory::Assets;
use super::outputs::json;
use super::programs::{self, Engineering, Program};
use super::report::Summary;
use super::snapshot::Snapshot;
use crate::desk::zones::Zones;
use crate::protocols::PROTOCOLS;
use crate::rules::rule::Rule;
use crate::sensor::Event;
use conduits::Conduits;
use logins::Logins;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

/// Takes what the audit needs beside the picture.
#[derive(Debug, Default)]
pub struct Observer {
    conduits: Conduits,
    logins: Logins,
    zones: Option<Arc<Zones>>,
}

impl Observer {
    /// Holds conversations against these zones, where the site said what they are.
    #[must_use]
    pub fn new(zones: Option<Arc<Zones>>) -> Self {
        Self {
            zones,
            ..Self::default()
        }
    }

    /// Takes one event, in packet order.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Flow(flow) => self.conduits.ended(flow),
            Event::Finding(finding) => self.logins.found(finding),
            _ => {}
        }
    }
}

/// A finished audit. As JSON it is what `jaga audit --json` writes.
#[derive(Debug, Serialize)]
pub struct Audit<'a> {
    /// What it rests on.
    pub custody: Custody,
    /// What the captures show as a whole.
    pub picture: &'a Summary<'a>,
    /// Who speaks to whom over what.
    pub conduits: Vec<Conduit>,
    /// Conversations that are in no conduit for want of room.
    pub conduits_omitted: u64,
    /// Whether the rules that tell of logins in clear text and default credentials looked on.
    pub logins_watched: bool,
    /// Alerts on such logins that are in no weakness for want of room.
    pub logins_omitted: u64,
    /// Whether detectors looked on.
    pub detectors: bool,
    /// Whether they knew in the end what is usual.
    pub usual: bool,
    /// Programs that travelled to and from devices.
    pub programs: Vec<Program>,
    /// Transfers that are in none of them for want of room.
    pub programs_omitted: u64,
    /// What stations did to the programs of devices.
    pub engineering: Vec<Engineering>,
    /// Work that is not listed for want of room.
    pub engineering_omitted: u64,
    /// What passed between zones, where the site said what its zones are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<ZoneCheck>,
    /// What is weak.
    pub weaknesses: Vec<Weakness>,
    /// What advisories say of the devices, where some were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vulnerabilities: Option<Vulnerabilities>,
    /// What that says about the requirements of standards.
    pub requirements: Vec<Requirement>,
    /// Techniques of ATT&CK for ICS.
    pub techniques: Vec<TechniqueRow>,
    /// What a later audit is held against by `jaga diff`, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Snapshot>,
}

impl<'a> Audit<'a> {
    /// Joins what a run gave. `rules` looked on, and detectors where `detectors` says so, who in
    /// the end knew what is `usual`, or did not.
    #[must_use]
    pub fn new(
        observer: Observer,
        (picture, assets): (&'a Summary<'a>, &Assets),
        custody: Custody,
        programs: programs::Finished,
        (rules, detectors, usual): (&[Rule], bool, bool),
    ) -> Self {
        let conduits_omitted = observer.conduits.omitted;
        let logins_omitted = observer.logins.omitted;
        let logins = observer.logins.finish(assets);
        let zones = observer.zones.as_deref();
        let conduits = observer.conduits.finish(assets, zones);
        let control = &picture.control;
        let zones = zones.map(|zones| zones::check(zones, assets, &conduits, control));
        let seen = weaknesses::Seen {
            picture,
            conduits: &conduits,
            logins: &logins,
        };
        let weaknesses = weaknesses::found(&seen);
        let named = rules
            .iter()
            .flat_map(|rule| rule.values("mitre_technique_id"));
        let mut watched: BTreeSet<String> = named.map(str::to_owned).collect();
        let told = PROTOCOLS.iter().flat_map(|protocol| protocol.meanings());
        let told = told.flat_map(|meaning| meaning.techniques);
        watched.extend(told.map(ToString::to_string));
        if detectors {
            let kinds = DETECTORS.iter().flat_map(|row| row.kinds);
            let techniques = kinds.flat_map(|kind| kind.techniques);
            watched.extend(techniques.map(ToString::to_string));
        }
        let logins_watched = rules.iter().any(|rule| logins::is_watched(rule.id.sid));
        let looked = (!conduits.is_empty(), logins_watched);
        Self {
            logins_watched,
            logins_omitted,
            detectors,
            usual,
            custody,
            requirements: mapping::requirements(&weaknesses, looked),
            techniques: mapping::techniques(picture, &watched),
            picture,
            conduits,
            conduits_omitted,
            vulnerabilities: None,
            programs: programs.programs,
            programs_omitted: programs.omitted,
            engineering: programs.engineering,
            engineering_omitted: programs.engineering_omitted,
            weaknesses,
            snapshot: None,
            zones,
        }
    }

    /// Writes the report as one page of HTML in this language.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_html(&self, language: Language, out: &mut dyn Write) -> io::Result<()> {
        page::write(self, language, out)
    }

    /// Writes the report as PDF in this language: the page, laid out on sheets of A4.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_pdf(&self, language: Language, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Vec::new();
        page::write(self, language, &mut page)?;
        paper::write(&String::from_utf8_lossy(&page), out)
    }

    /// Writes one table of the audit as CSV; [`table_names`] are their names.
    ///
    /// # Errors
    /// What the writer says; that there is no such table.
    pub fn write_table(&self, name: &str, out: &mut dyn Write) -> io::Result<()> {
        tables::write(self, name, out)
    }

    /// Writes the audit as one JSON object, with line breaks so that it can be compared.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        json::write_pretty(self, out)?;
        writeln!(out)
    }
}

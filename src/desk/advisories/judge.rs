//! One advisory held against one device: affected, not affected, or what was not observed.

use super::document::{Csaf, Remediation, Score, Status, Vulnerability};
use super::fits::{Doubt, Fit, kind, version};
use super::products::Product;
use super::{Answer, Evidence, Flaw, Judgement, Remedy};
use crate::desk::inventory::Asset;
use crate::facts::plain;
use std::collections::{BTreeSet, HashMap};

/// Most remedies told of one judgement, and characters of each.
const REMEDIES: usize = 4;
const TEXT: usize = 600;

/// What one vulnerability comes to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ruling {
    answer: Answer,
    because: &'static str,
    missing: &'static str,
    product: String,
    by: &'static str,
    used_version: bool,
}

/// Judges a device by an advisory: a judgement for each answer that its vulnerabilities have.
pub(super) fn judge(
    asset: &Asset,
    csaf: &Csaf,
    products: &HashMap<String, Product>,
    groups: &HashMap<String, BTreeSet<String>>,
) -> Vec<Judgement> {
    // A document has far more products than fit one device.
    let near: HashMap<&str, Fit> = products
        .iter()
        .map(|(id, product)| (id.as_str(), kind(asset, product)))
        .filter(|(_, fit)| *fit != Fit::No)
        .collect();
    if near.is_empty() {
        return Vec::new();
    }
    let mut told: Vec<(Ruling, Judgement)> = Vec::new();
    for vulnerability in &csaf.vulnerabilities {
        let seen = Seen {
            asset,
            products,
            near: &near,
        };
        let Some(ruling) = seen.ruling(&vulnerability.product_status) else {
            continue;
        };
        let flaw = flaw(vulnerability, &ruling.product);
        let remedies = remedies(&vulnerability.remediations, &ruling.product, groups);
        match told.iter_mut().find(|(known, _)| *known == ruling) {
            Some((_, judgement)) => {
                judgement.vulnerabilities.push(flaw);
                judgement.remediations.extend(remedies);
            }
            None => {
                let mut judgement = judgement(asset, csaf, products.get(&ruling.product), &ruling);
                judgement.vulnerabilities.push(flaw);
                judgement.remediations.extend(remedies);
                told.push((ruling, judgement));
            }
        }
    }
    let finished = told.into_iter().map(|(_, mut judgement)| {
        judgement.remediations.sort();
        judgement.remediations.dedup();
        judgement.remediations.truncate(REMEDIES);
        let score = |flaw: &Flaw| flaw.score.unwrap_or_default();
        judgement
            .vulnerabilities
            .sort_by(|one, two| score(two).total_cmp(&score(one)).then(one.id.cmp(&two.id)));
        judgement
    });
    finished.collect()
}

/// A device, and the products that it may be.
struct Seen<'a> {
    asset: &'a Asset,
    products: &'a HashMap<String, Product>,
    near: &'a HashMap<&'a str, Fit>,
}

/// How the products of one state fit.
#[derive(Default)]
struct Found {
    /// One of them it is, in one of its versions.
    yes: Option<(String, &'static str, bool)>,
    /// It may be one of them.
    doubt: Option<(String, Doubt)>,
    /// It is of that kind, and has another version than a span of them.
    outside: Option<(String, &'static str)>,
    /// It is of that kind, and has another version than the single ones that are named.
    unlisted: Option<(String, &'static str)>,
}

/// How versions that a state names are to be read.
#[derive(Clone, Copy)]
enum Reading {
    AsWritten,
    FromThere,
    UpToThere,
}

impl Found {
    /// A device that is in one of several versions or spans and not in another: which of them is
    /// its own, the branch that it is on decides, and that does not show.
    fn undivided(mut self) -> Self {
        let apart = self.outside.clone().or(self.unlisted.clone());
        if let (Some((id, ..)), Some(_)) = (&self.yes, apart) {
            self.doubt.get_or_insert((id.clone(), Doubt::Unclear));
            self.yes = None;
            (self.outside, self.unlisted) = (None, None);
        }
        self
    }
}

impl Seen<'_> {
    fn found(&self, ids: &[String], reading: Reading) -> Found {
        let mut found = Found::default();
        // That it may be another kind of device altogether says less than any other doubt.
        let mut vague = None;
        for id in ids {
            let Some((product, near)) = self.products.get(id).zip(self.near.get(id.as_str()))
            else {
                continue;
            };
            let by = match near {
                Fit::Yes(by) => *by,
                Fit::Unknown(doubt) => {
                    let kind = matches!(doubt, Doubt::Unseen("model") | Doubt::Family);
                    let place = if kind { &mut vague } else { &mut found.doubt };
                    place.get_or_insert((id.clone(), *doubt));
                    continue;
                }
                Fit::No => continue,
            };
            let range = product.versions.as_ref().map(|(_, range)| range);
            let bound = match reading {
                Reading::AsWritten => None,
                Reading::FromThere => range.map(|range| range.bound(true)),
                Reading::UpToThere => range.map(|range| range.bound(false)),
            };
            match version(self.asset, product, bound.as_ref()) {
                Fit::Yes(used) => {
                    found.yes.get_or_insert((id.clone(), by, !used.is_empty()));
                }
                Fit::Unknown(doubt) => {
                    found.doubt.get_or_insert((id.clone(), doubt));
                }
                Fit::No => {
                    let exact = bound
                        .as_ref()
                        .or(range)
                        .is_some_and(|range| range.is_exact());
                    let place = match exact {
                        true => &mut found.unlisted,
                        false => &mut found.outside,
                    };
                    place.get_or_insert((id.clone(), by));
                }
            }
        }
        found.doubt = found.doubt.or(vague);
        found
    }

    /// What a vulnerability comes to; nothing where it is about other products.
    fn ruling(&self, status: &Status) -> Option<Ruling> {
        let affected = self.found(&status.known_affected, Reading::AsWritten);
        let span = self.span(status);
        let clean = self.found(&status.known_not_affected, Reading::AsWritten);
        let fixed = self.found(&status.fixed, Reading::AsWritten);
        // Repaired in 3.2 and in 4.6: a 4.5 is behind the one and before the other.
        let since = self
            .found(&status.first_fixed, Reading::FromThere)
            .undivided();
        let later = self.found(&status.fixed, Reading::FromThere).undivided();
        let open = self.found(&status.under_investigation, Reading::AsWritten);
        let certain = |answer, because, (product, by, used): (String, &'static str, bool)| Ruling {
            answer,
            because,
            missing: "",
            product,
            by,
            used_version: used,
        };
        let hit = affected.yes.or(span.yes);
        // By its number rather than by a name that others share.
        let named = hit.as_ref().is_some_and(|(_, by, _)| *by == "model");
        let clean_number = clean
            .yes
            .clone()
            .filter(|(_, by, _)| *by == "order_number" && named);
        if let Some(number) = clean_number {
            return Some(certain(Answer::NotAffected, "not-affected", number));
        }
        if let Some(hit) = hit {
            return Some(certain(Answer::Affected, "affected", hit));
        }
        if let Some(clean) = clean.yes {
            return Some(certain(Answer::NotAffected, "not-affected", clean));
        }
        if let Some(fixed) = fixed.yes.or(since.yes) {
            return Some(certain(Answer::NotAffected, "fixed", fixed));
        }
        if let Some((product, doubt)) = affected.doubt.or(span.doubt) {
            return Some(doubtful(product, doubt));
        }
        if let Some((product, by, _)) = open.yes {
            let because = "under-investigation";
            return Some(certain(Answer::CannotTell, because, (product, by, false)));
        }
        // Beyond the first version that is fixed, though the advisory names no later one.
        if let (Some(_), Some(fixed)) = (&affected.unlisted, later.yes) {
            return Some(certain(Answer::NotAffected, "fixed", fixed));
        }
        if let Some((product, by)) = affected.unlisted {
            return Some(certain(Answer::CannotTell, "unlisted", (product, by, true)));
        }
        if let Some((product, by)) = affected.outside.or(span.outside) {
            return Some(certain(Answer::NotAffected, "outside", (product, by, true)));
        }
        let doubt = clean.doubt.or(fixed.doubt).or(since.doubt).or(open.doubt);
        doubt.map(|(product, doubt)| doubtful(product, doubt))
    }

    /// From the first version affected to the last.
    fn span(&self, status: &Status) -> Found {
        let first = self.found(&status.first_affected, Reading::FromThere);
        let last = self.found(&status.last_affected, Reading::UpToThere);
        // Several spans, as 1.0 to 1.5 and 4.0 to 4.7: which first goes with which last is not
        // said, so a device between the least and the greatest may be in one of them.
        let is_apart = |found: &Found| found.yes.is_some() && found.outside.is_some();
        if is_apart(&first) || is_apart(&last) {
            let some = first.yes.clone().or(last.yes.clone());
            let inside = first.yes.is_some() && last.yes.is_some();
            return Found {
                doubt: some
                    .filter(|_| inside)
                    .map(|(id, ..)| (id, Doubt::Unclear))
                    .or(first.doubt)
                    .or(last.doubt),
                outside: first.outside.or(last.outside).filter(|_| !inside),
                ..Found::default()
            };
        }
        if status.first_affected.is_empty() {
            return last;
        }
        if status.last_affected.is_empty() {
            return first;
        }
        let outside = first.outside.or(last.outside);
        Found {
            yes: first
                .yes
                .filter(|_| last.yes.is_some() && outside.is_none()),
            doubt: first.doubt.or(last.doubt).filter(|_| outside.is_none()),
            outside,
            unlisted: None,
        }
    }
}

fn doubtful(product: String, doubt: Doubt) -> Ruling {
    let (because, missing) = match doubt {
        Doubt::Unseen(what) => ("not-observed", what),
        Doubt::Unclear => ("unclear", ""),
        Doubt::Family => ("family", ""),
        Doubt::Condition => ("condition", ""),
    };
    Ruling {
        answer: Answer::CannotTell,
        because,
        missing,
        product,
        by: "",
        used_version: false,
    }
}

fn judgement(asset: &Asset, csaf: &Csaf, product: Option<&Product>, ruling: &Ruling) -> Judgement {
    let ip = asset.ips.first().map(ToString::to_string);
    let versions = product.and_then(|product| product.versions.as_ref());
    let used = [
        ("vendor", &asset.vendor, true),
        ("order_number", &asset.order_number, true),
        ("model", &asset.model, true),
        (
            "firmware",
            &asset.firmware,
            ruling.used_version || ruling.because == "unclear",
        ),
        (
            "serial",
            &asset.serial,
            product.is_some_and(|one| !one.serials.is_empty()),
        ),
    ];
    let evidence = used
        .into_iter()
        .filter(|(_, value, used)| *used && !value.is_empty());
    Judgement {
        device: ip.unwrap_or_else(|| asset.id.clone()),
        name: asset.name.clone(),
        unit: None,
        advisory: short(&csaf.document.tracking.id),
        advisory_version: short(&csaf.document.tracking.version),
        status: short(&csaf.document.tracking.status),
        title: short(&csaf.document.title),
        publisher: short(&csaf.document.publisher.name),
        answer: ruling.answer,
        because: ruling.because,
        missing: ruling.missing,
        product: product.map_or_else(String::new, |product| short(&product.title)),
        versions: versions.map_or_else(String::new, |(text, _)| short(text)),
        matched_by: ruling.by,
        vulnerabilities: Vec::new(),
        evidence: evidence
            .map(|(property, value, _)| evidence_of(asset, property, value))
            .collect(),
        remediations: Vec::new(),
    }
}

/// The packet that told a property.
fn evidence_of(asset: &Asset, property: &'static str, value: &str) -> Evidence {
    let mut told = asset
        .attributes
        .iter()
        .filter(|one| one.property == property);
    let exact = told.clone().find(|one| one.value == value);
    let told = exact.or_else(|| told.next());
    Evidence {
        property,
        value: value.to_owned(),
        source: told.map_or("", |one| one.source),
        frame: told.map(|one| one.frame),
    }
}

fn flaw(vulnerability: &Vulnerability, product: &str) -> Flaw {
    let id = vulnerability.cve.as_deref();
    let id = id.or(vulnerability.ids.first().map(|id| id.text.as_str()));
    let of_product = |score: &&Score| score.products.iter().any(|id| id == product);
    let score = vulnerability.scores.iter().find(of_product);
    let score = score.or(vulnerability.scores.first());
    let cvss = score.and_then(|score| score.cvss_v3.as_ref().or(score.cvss_v2.as_ref()));
    Flaw {
        id: short(id.unwrap_or("-")),
        title: vulnerability
            .title
            .as_deref()
            .map(short)
            .unwrap_or_default(),
        score: cvss
            .map(|cvss| cvss.base_score)
            .filter(|score| score.is_finite()),
        vector: cvss
            .and_then(|cvss| cvss.vector_string.as_deref())
            .map(short)
            .unwrap_or_default(),
    }
}

/// What is to be done for a product.
fn remedies(
    all: &[Remediation],
    product: &str,
    groups: &HashMap<String, BTreeSet<String>>,
) -> Vec<Remedy> {
    let its_own = |remedy: &&Remediation| {
        let anybody = remedy.product_ids.is_empty() && remedy.group_ids.is_empty();
        let mut groups = remedy.group_ids.iter().filter_map(|id| groups.get(id));
        anybody
            || remedy.product_ids.iter().any(|id| id == product)
            || groups.any(|ids| ids.contains(product))
    };
    let remedy = |remedy: &Remediation| Remedy {
        category: short(&remedy.category),
        details: short(&remedy.details),
        url: remedy.url.as_deref().map(short).unwrap_or_default(),
    };
    all.iter()
        .filter(its_own)
        .map(remedy)
        .take(REMEDIES)
        .collect()
}

/// A text of an advisory: as much as is shown, and nothing that acts on a screen.
fn short(text: &str) -> String {
    let mut kept: String = text.chars().take(TEXT).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    plain(&kept)
}

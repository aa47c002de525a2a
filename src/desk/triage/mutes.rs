//! Mutes: which alerts are not told for a while. A running sensor follows the log of changes and
//! asks here, on the desk's thread, before it tells an alert.

use super::{Act, Entry, Found, Log, MUTES, Triage, read_time, write_time};
use crate::desk::detect;
use crate::desk::outputs::eve::health::Deed;
use crate::desk::outputs::time::Seconds;
use crate::facts::{Host, Time};
use crate::sensor::FindingRecord;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// How often it is looked whether something was changed.
const EACH: Duration = Duration::from_secs(1);

/// A rule, by its generator and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule(pub u32, pub u32);

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(1, sid) => write!(f, "{sid}"),
            Self(gid, sid) => write!(f, "{gid}:{sid}"),
        }
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (gid, sid) = text.split_once(':').unwrap_or(("1", text));
        let read = gid.parse().ok().zip(sid.parse().ok());
        let wrong = || format!("`{text}` is no number of a rule: 3300001, or GID:SID");
        read.map(|(gid, sid)| Self(gid, sid)).ok_or_else(wrong)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Alerts that are not told until a time. All that is given must be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// Its number, from 1.
    #[serde(rename = "mute")]
    pub number: u64,
    /// Alerts of this rule.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<Rule>,
    /// Alerts about all of these hosts: one, or the two of a pair.
    #[serde(serialize_with = "write_hosts", deserialize_with = "read_hosts")]
    pub hosts: Vec<Host>,
    /// Who answers for it.
    pub owner: String,
    /// From then on they are told again.
    #[serde(serialize_with = "write_time", deserialize_with = "read_time")]
    pub until: Time,
}

impl Mute {
    /// Whether it is about alerts of this rule between these hosts.
    #[must_use]
    pub fn covers(&self, rule: Rule, ends: [Option<Host>; 2]) -> bool {
        let any = self.rule.is_some() || !self.hosts.is_empty();
        any && self.rule.is_none_or(|only| only == rule)
            && self.hosts.iter().all(|host| ends.contains(&Some(*host)))
    }
}

impl fmt::Display for Mute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "alerts")?;
        if let Some(rule) = self.rule {
            write!(f, " of rule {rule}")?;
        }
        match self.hosts.as_slice() {
            [] => Ok(()),
            [host] => write!(f, " about {host}"),
            [one, other, ..] => write!(f, " between {one} and {other}"),
        }
    }
}

/// The mutes that are in force at a sensor.
#[derive(Debug, Default)]
pub struct Mutes {
    log: Option<Log>,
    looked: Option<Instant>,
    standing: Vec<Standing>,
    /// The log could not be read, which was told.
    failed: bool,
    /// Those that the log had when the sensor was started are told at once.
    began: bool,
    /// Alerts that were muted since the sensor was started.
    muted: u64,
}

/// One in force.
#[derive(Debug)]
struct Standing {
    mute: Mute,
    who: String,
    reason: String,
    /// How many alerts it has muted.
    count: u64,
}

impl Mutes {
    /// Those of the log in the folder of a state, from now on.
    #[must_use]
    pub fn follow(folder: &Path) -> Self {
        Self {
            log: Some(Log::of(folder)),
            ..Self::default()
        }
    }

    /// The mute that a match of a rule falls under.
    #[must_use]
    pub fn of_finding(&self, record: &FindingRecord) -> Option<&Mute> {
        let scene = &record.scene;
        let ends = [scene.source.host, scene.destination.host];
        self.of((record.id.gid, record.id.sid), ends, scene.stamp.time)
    }

    /// The mute that what a detector found falls under.
    #[must_use]
    pub fn of_found(&self, found: &detect::Found) -> Option<&Mute> {
        let scene = &found.alert.scene;
        let ends = [scene.source.host, scene.destination.host];
        self.of((1, found.alert.kind.sid), ends, scene.stamp.time)
    }

    /// The first mute in force at this time that an alert falls under.
    #[must_use]
    pub fn of(&self, (gid, sid): (u32, u32), ends: [Host; 2], time: Time) -> Option<&Mute> {
        let covers =
            |mute: &&Mute| time < mute.until && mute.covers(Rule(gid, sid), ends.map(Some));
        self.standing.iter().map(|one| &one.mute).find(covers)
    }

    /// Counts an alert that this mute has muted.
    pub fn count(&mut self, number: u64) {
        self.muted += 1;
        let one = self.standing.iter_mut();
        if let Some(one) = one.into_iter().find(|one| one.mute.number == number) {
            one.count += 1;
        }
    }

    /// How many alerts were muted since the sensor was started, and by how many mutes that are
    /// in force.
    #[must_use]
    pub fn muted(&self) -> (u64, usize) {
        (self.muted, self.standing.len())
    }

    /// Takes what was changed since last time, where it is time to look; gives what is to be
    /// told of it.
    pub fn go_on(&mut self, now: Time) -> Vec<Deed> {
        let due = self.looked.is_none_or(|looked| looked.elapsed() >= EACH);
        if self.log.is_none() || !due {
            return Vec::new();
        }
        self.looked = Some(Instant::now());
        self.look(now)
    }

    pub(super) fn look(&mut self, now: Time) -> Vec<Deed> {
        let mut news = Vec::new();
        let Some(log) = &mut self.log else {
            return news;
        };
        let read = log.begins_anew().and_then(|anew| Ok((anew, log.go_on()?)));
        let failed = read.is_err();
        if std::mem::replace(&mut self.failed, failed) != failed || failed && !self.began {
            news.push(match &read {
                Ok(_) => deed(
                    "triage-back",
                    false,
                    "what people mute is read again".into(),
                ),
                Err(error) => deed(
                    "triage-failed",
                    true,
                    format!("what people mute cannot be read: {error}; mutes up to now stay"),
                ),
            });
        }
        if let Ok((anew, found)) = read {
            if anew {
                self.standing.clear();
            }
            found
                .into_iter()
                .for_each(|one| self.take(one, now, &mut news));
        }
        self.expire(now, &mut news);
        if !std::mem::replace(&mut self.began, true) && !self.standing.is_empty() {
            let those: Vec<String> = self.standing.iter().map(Standing::text).collect();
            let text = format!("{} mutes are in force: {}", those.len(), those.join("; "));
            news.push(deed("mutes-in-force", false, text));
        }
        news
    }

    /// Takes one change.
    fn take(&mut self, found: Found, now: Time, news: &mut Vec<Deed>) {
        let entry = match found {
            Found::Entry(entry) => entry,
            Found::Damaged(line) => {
                let text = format!("line {line} of the log of changes is damaged and passed by");
                return news.push(deed("triage-damaged", true, text));
            }
            Found::Broken(line) => {
                let text =
                    format!("lines before line {line} of the log of changes were changed or lost");
                return news.push(deed("triage-damaged", true, text));
            }
        };
        let Entry {
            who, reason, act, ..
        } = entry;
        match act {
            Act::Mute(mute) if now < mute.until && self.standing.len() < MUTES => {
                let one = Standing {
                    mute,
                    who,
                    reason,
                    count: 0,
                };
                if self.began {
                    news.push(deed("mute-begun", false, one.text()));
                }
                self.standing.push(one);
            }
            Act::Unmute { mute } => {
                let found = self.standing.iter().position(|one| one.mute.number == mute);
                if let Some(place) = found {
                    let one = self.standing.remove(place);
                    if self.began {
                        let text = format!("ended by {who}: {reason}");
                        news.push(one.ended(&text));
                    }
                }
            }
            Act::Mute(_) | Act::Ack { .. } => {}
        }
    }

    /// Lets go of those whose time is over.
    fn expire(&mut self, now: Time, news: &mut Vec<Deed>) {
        let over = |one: &mut Standing| now >= one.mute.until;
        for one in self.standing.extract_if(.., over) {
            news.push(one.ended("its time is over, and they are told again"));
        }
    }
}

impl Standing {
    fn text(&self) -> String {
        let Self {
            mute, who, reason, ..
        } = self;
        let owner = match mute.owner.is_empty() {
            true => String::new(),
            false => format!(", owner {}", mute.owner),
        };
        let (number, until) = (mute.number, Seconds(mute.until));
        format!("M{number}: {mute} are muted until {until}Z by {who}{owner}: {reason}")
    }

    fn ended(&self, why: &str) -> Deed {
        let (number, mute, count) = (self.mute.number, &self.mute, self.count);
        let text = format!("M{number} of {mute}: {why}; it muted {count} since the sensor started");
        deed("mute-ended", false, text)
    }
}

fn deed(what: &'static str, failed: bool, text: String) -> Deed {
    Deed { what, failed, text }
}

impl Triage {
    /// The mutes in force at a time that alerts of this rule between these hosts fall under.
    pub fn covering(
        &self,
        now: Time,
        rule: Rule,
        ends: [Option<Host>; 2],
    ) -> impl Iterator<Item = &Mute> {
        let standing = self.standing(now).map(|(mute, _)| mute);
        standing.filter(move |mute| mute.covers(rule, ends))
    }
}

fn write_hosts<S: Serializer>(hosts: &[Host], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(hosts.iter().map(ToString::to_string))
}

fn read_hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Host>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let read = |text: &String| text.parse().map_err(|_| de::Error::custom("no host"));
    texts.iter().map(read).collect()
}

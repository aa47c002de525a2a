//! SIGHUP and SIGUSR2: the configuration and the rules are read again while the sensor goes on.
//!
//! Asked on the desk's thread between two rounds. Files are read and rules compiled on a thread
//! of their own; nothing waits for it. What is new takes effect as a whole or not at all.

use super::heap;
use crate::cli::replay::rules::Rules;
use crate::cli::replay::windows;
use crate::cli::{Exit, Failure, settings};
use crate::config::{KEYS, Reload, Settings, value_of};
use crate::desk::outputs::eve::health::Deed;
use crate::desk::windows::Windows;
use crate::desk::zones::Zones;
use crate::rules::compile::Engine;
use crate::sensor::Renewer;
use clap::ArgMatches;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;

/// Reads settings and rules again when it is asked to.
pub(super) struct Reloader {
    /// The command line, which stands over what is read.
    arguments: ArgMatches,
    /// The settings in force.
    settings: Settings,
    /// The zones that detectors and rules look on with: others only come with a restart.
    zones: Option<Arc<Zones>>,
    asked: Asked,
    renewer: Renewer,
    /// Planned work that was read and is not in force yet.
    windows: Option<Option<Arc<Windows>>>,
    stage: Stage,
}

/// What the system asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// The configuration and the rules (SIGHUP).
    pub(super) all: Arc<AtomicBool>,
    /// The rules alone (SIGUSR2).
    pub(super) rules: Arc<AtomicBool>,
}

/// How far it is.
enum Stage {
    Idle,
    /// Files are being read.
    Reading(Receiver<Result<Made, Failure>>),
    /// The rules are on their way to the workers.
    Laid(Box<Made>),
}

/// What was read.
struct Made {
    settings: Settings,
    rules: Rules,
    /// The configuration too.
    all: bool,
    /// Planned work, where the configuration is read too.
    windows: Option<Option<Arc<Windows>>>,
    /// Keys that changed and take effect only when the sensor is started again.
    restart: Vec<&'static str>,
}

impl Reloader {
    pub(super) fn new(
        arguments: &ArgMatches,
        (settings, zones): (Settings, Option<Arc<Zones>>),
        asked: Asked,
        renewer: Renewer,
    ) -> Self {
        Self {
            arguments: arguments.clone(),
            settings,
            zones,
            asked,
            renewer,
            windows: None,
            stage: Stage::Idle,
        }
    }

    /// The planned work that was read since this was asked last.
    pub(super) fn windows(&mut self) -> Option<Option<Arc<Windows>>> {
        self.windows.take()
    }

    /// Whether nothing is being read.
    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Idle)
    }

    /// Goes on with what is asked for; `now` are the rules in force. Gives what is to be told,
    /// once it is known.
    pub(super) fn go_on(&mut self, now: &Rules) -> Option<Deed> {
        match &self.stage {
            Stage::Idle => {
                let taken = |flag: &AtomicBool| flag.swap(false, Ordering::Relaxed);
                let rules = taken(&self.asked.rules);
                if taken(&self.asked.all) {
                    return self.begin(true);
                }
                return if rules { self.begin(false) } else { None };
            }
            Stage::Laid(_) => return None,
            Stage::Reading(made) => match made.try_recv() {
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => {
                    self.stage = Stage::Idle;
                    return Some(failed(&Failure::new(Exit::Internal, "reading it panicked")));
                }
                Ok(made) => {
                    self.stage = Stage::Idle;
                    match made.and_then(|made| fit(made, now)) {
                        Err(failure) => return Some(failed(&failure)),
                        Ok(made)
                            if made.rules.mark == now.mark
                                && made.settings.rules == self.settings.rules =>
                        {
                            let told = done(made.all, "the rules are the same", &made.restart);
                            self.windows = made.windows;
                            heap::let_go(made.rules);
                            self.settings = made.settings;
                            return Some(told);
                        }
                        Ok(mut made) => {
                            self.windows = made.windows.take();
                            self.stage = Stage::Laid(Box::new(made));
                        }
                    }
                }
            },
        }
        self.lay()
    }

    /// Hands the rules that were read to the workers.
    fn lay(&mut self) -> Option<Deed> {
        if let Stage::Laid(made) = &self.stage {
            let none = || Arc::new(Engine::compile(Vec::new()).0);
            // There is room: the rules before were taken.
            self.renewer
                .lay(made.rules.engine.clone().unwrap_or_else(none));
        }
        None
    }

    /// Begins to read.
    fn begin(&mut self, all: bool) -> Option<Deed> {
        let (result, made) = mpsc::sync_channel(1);
        let (arguments, settings) = (self.arguments.clone(), self.settings.clone());
        let zones = self.zones.clone();
        let work = move || {
            let made = read(&arguments, (settings, zones.as_deref()), all);
            heap::give_back();
            // Nobody waits for it where the run has ended meanwhile.
            let _ = result.send(made);
        };
        let named = thread::Builder::new().name("reload".to_owned());
        match named.spawn(work) {
            Ok(_) => self.stage = Stage::Reading(made),
            Err(error) => return Some(failed(&Failure::new(Exit::Internal, error))),
        }
        None
    }

    /// Every worker has taken the rules. Gives what is new in the place of the rules before, and
    /// what is to be told.
    pub(super) fn taken(&mut self) -> Option<(Rules, Deed)> {
        let Stage::Laid(made) = std::mem::replace(&mut self.stage, Stage::Idle) else {
            return None;
        };
        let loaded = made.rules.loaded();
        let mut what = format!("{loaded} rules look on");
        if let Some((_, first)) = made.rules.refused.first() {
            let refused = made.rules.refused.len();
            what.push_str(&format!(", {refused} are refused, the first: {first}"));
        }
        self.settings = made.settings;
        let told = done(made.all, &what, &made.restart);
        Some((made.rules, told))
    }
}

/// Reads the configuration and the rules, or with the settings in force the rules alone.
fn read(
    arguments: &ArgMatches,
    (old, zones): (Settings, Option<&Zones>),
    all: bool,
) -> Result<Made, Failure> {
    let mut restart = Vec::new();
    let mut settings = old;
    let mut planned = None;
    if all {
        let (new, _) = settings::resolve(arguments)?;
        super::interfaces(&new)?;
        let differs = |key: &&crate::config::Key| value_of(&new, key) != value_of(&settings, key);
        let keys = KEYS.iter().filter(differs);
        let late = keys.filter(|key| key.reload == Reload::Restart);
        restart = late.map(|key| key.path).collect();
        settings.rules = crate::config::Rules {
            fail_on: settings.rules.fail_on,
            statistics: settings.rules.statistics,
            ..new.rules
        };
        settings.detectors.windows = new.detectors.windows;
        planned = Some(windows::read(&settings.detectors)?);
    }
    let rules = Rules::open(&settings.rules, zones, true)?;
    Ok(Made {
        all,
        settings,
        rules,
        windows: planned,
        restart,
    })
}

/// What was read, unless a mistake in it would take away a rule that looks on now.
fn fit(made: Made, now: &Rules) -> Result<Made, Failure> {
    let sids = |rules: &Rules| -> HashSet<u32> {
        let engine = rules.engine.iter().flat_map(|engine| engine.rules());
        engine.map(|rule| rule.id.sid).collect()
    };
    let (old, new) = (sids(now), sids(&made.rules));
    let gone = |sid: &u32| old.contains(sid) && !new.contains(sid);
    let any_gone = old.iter().any(|sid| !new.contains(sid));
    let mut refused = made.rules.refused.iter();
    let lost = refused.find(|(sid, _)| sid.as_ref().map_or(any_gone, gone));
    match lost {
        None => Ok(made),
        Some((_, what)) => {
            let hint = "`jaga rules check` shows it";
            let failure = Failure::new(Exit::Usage, what).hint(hint);
            heap::let_go(made.rules);
            Err(failure)
        }
    }
}

fn done(all: bool, what: &str, restart: &[&str]) -> Deed {
    let read = if all {
        "the configuration was"
    } else {
        "the rules were"
    };
    let mut text = format!("{read} read again: {what}");
    if !restart.is_empty() {
        let keys = restart.join(", ");
        text.push_str(&format!("; only after a restart: {keys}"));
    }
    Deed {
        what: "config-reloaded",
        failed: false,
        text,
    }
}

fn failed(failure: &Failure) -> Deed {
    let hint = match failure.hint.as_str() {
        "" => String::new(),
        hint => format!(" ({hint})"),
    };
    let text = format!(
        "the configuration could not be read again, and the one before stays: {}{hint}",
        failure.what
    );
    Deed {
        what: "config-reload-failed",
        failed: true,
        text,
    }
}

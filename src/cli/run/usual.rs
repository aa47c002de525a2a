//! What is usual, over restarts: with `--state`, what is learned is kept in a file there, and
//! learning goes on from it.
//!
//! Asked on the desk's thread between two rounds; the file is written on a thread of its own.
//! People may edit it: what somebody else changed is not written over.

use crate::cli::exit::tell;
use crate::cli::replay::detect;
use crate::cli::{Exit, Failure};
use crate::config::Settings;
use crate::desk::baseline::Baseline;
use crate::desk::baseline::evidence::{Each, Sort};
use crate::desk::detect::{Config, Detectors, Learn};
use crate::desk::outputs::eve::health::Deed;
use crate::desk::outputs::metrics::Meters;
use crate::desk::windows::Windows;
use crate::desk::zones::Zones;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

/// Time between two writes: so much of what was learned is lost at most.
const EACH: Duration = Duration::from_secs(60);

/// Seconds of a day.
const DAY: u64 = 86_400;

/// The file's name below the folder of the state.
const NAME: &str = "baseline";

/// When a file was changed, and how long it is: whether it is still what was written.
type Mark = (SystemTime, u64);

/// Keeps what is learned.
#[derive(Debug, Default)]
pub(in crate::cli) struct Keeper {
    /// Where, with a state; not where nothing is learned, or somebody else changed it.
    path: Option<PathBuf>,
    /// What the file was when it was read or written.
    mark: Option<Mark>,
    last: Option<Instant>,
    writing: Option<JoinHandle<io::Result<Mark>>>,
    failed: bool,
    /// All that was learned is in the file.
    whole: bool,
    /// For how many days it was learned when it was told last how far that has come.
    days: u64,
    /// Which sorts were told to be held against what comes.
    armed: Each<bool>,
    /// Lines of what is usual, by what they are of, when it was written last.
    lines: Vec<(&'static str, u64)>,
}

/// The detectors that are asked for, for a site with these zones and this planned work, with what they learned before,
/// and what keeps it.
pub(in crate::cli) fn detectors(
    settings: &Settings,
    zones: Option<Arc<Zones>>,
    windows: Option<Arc<Windows>>,
) -> Result<(Option<Detectors>, Keeper), Failure> {
    let asked = &settings.detectors;
    let folder = settings.state.folder.as_ref();
    let path = folder.filter(|_| asked.enabled && asked.learn != Learn::Never);
    let Some(path) = path.map(|folder| folder.join(NAME)) else {
        return Ok((detect::detectors(asked, zones, windows)?, Keeper::default()));
    };
    let mark = match mark(&path) {
        Ok(mark) => Some(mark),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(unreadable(&path, &error)),
    };
    let before = mark.map(|_| detect::open(&path)).transpose()?;
    let whole = before.as_ref().is_some_and(|kept| kept.learning.is_none());
    let detectors = Detectors::new(Config {
        learn: if whole { Learn::Never } else { asked.learn },
        baseline: match before {
            Some(before) => Some(before),
            None => detect::usual(asked)?,
        },
        zones,
        windows,
        language: asked.language,
    });
    let keeper = Keeper {
        armed: armed(&detectors),
        days: detectors.learned().as_secs() / DAY,
        path: Some(path),
        mark,
        whole,
        ..Keeper::default()
    };
    Ok((Some(detectors), keeper))
}

impl Keeper {
    /// The file that was there, where one was.
    pub(in crate::cli) fn found(&self) -> Option<&Path> {
        self.path.as_deref().filter(|_| self.mark.is_some())
    }

    /// Writes what was learned, where it is time to; gives what is to be told.
    pub(super) fn go_on(&mut self, detectors: Option<&Detectors>) -> Vec<Deed> {
        let Some(detectors) = detectors else {
            return Vec::new();
        };
        let mut news = self.held(detectors);
        news.extend(self.open(detectors));
        if self.writing.as_ref().is_some_and(JoinHandle::is_finished) {
            news.extend(self.wait());
        }
        // What is learned anew after planned work is kept too.
        self.whole &= !detectors.relearns();
        let due = self.last.is_none_or(|last| last.elapsed() >= EACH);
        if due && self.writing.is_none() && !self.whole {
            self.last = Some(Instant::now());
            news.extend(self.write(detectors));
        }
        news
    }

    /// Tells the metrics what is learned.
    pub(super) fn meter(&self, detectors: Option<&Detectors>, meters: &Meters) {
        let mut known = meters.known();
        known.lines.clone_from(&self.lines);
        if detectors.is_some() {
            let sorts = Sort::ALL.into_iter();
            let learning = sorts.map(|sort| (sort.name(), !self.armed.get(sort)));
            known.learning = learning.collect();
        }
    }

    /// Writes all that was learned.
    pub(super) fn finish(mut self, detectors: Option<&Detectors>) {
        let mut news = self.wait();
        if let Some(detectors) = detectors.filter(|_| !self.whole) {
            news = news.or(self.write(detectors));
            news = self.wait().or(news);
        }
        if let Some(told) = news.filter(|told| told.failed) {
            tell(told.text, "");
        }
    }

    /// What is held against what comes since last time.
    fn held(&mut self, detectors: &Detectors) -> Vec<Deed> {
        let now = armed(detectors);
        let before = std::mem::replace(&mut self.armed, now);
        let new = |sort: &Sort| now.get(*sort) && !before.get(*sort);
        let new: Vec<&str> = Sort::ALL.into_iter().filter(new).map(Sort::name).collect();
        if new.is_empty() {
            return Vec::new();
        }
        vec![Deed {
            what: "baseline-armed",
            failed: false,
            text: format!(
                "enough was learned of {}: what deviates is told from now on",
                new.join(", ")
            ),
        }]
    }

    /// How far learning has come, once a day of it: what never gets there is told so.
    fn open(&mut self, detectors: &Detectors) -> Option<Deed> {
        let days = detectors.learned().as_secs() / DAY;
        if std::mem::replace(&mut self.days, days) >= days {
            return None;
        }
        let open = detectors.forecasts().into_iter();
        let open =
            open.map(|(sort, forecast)| format!("{} {}", sort.name(), detect::expected(&forecast)));
        let open: Vec<String> = open.collect();
        (!open.is_empty()).then(|| Deed {
            what: "baseline-learning",
            failed: false,
            text: format!("still being learned: {}", open.join("; ")),
        })
    }

    /// Begins to write.
    fn write(&mut self, detectors: &Detectors) -> Option<Deed> {
        let path = self.path.clone()?;
        if mark(&path).ok() != self.mark {
            self.path = None;
            return Some(Deed {
                what: "baseline-not-kept",
                failed: true,
                text: format!(
                    "{} was changed by somebody else and is not written over: what is learned \
                     from now on is lost when the sensor ends",
                    path.display()
                ),
            });
        }
        let baseline = detectors.baseline();
        self.lines = vec![
            ("hosts", baseline.hosts.len() as u64),
            ("conversations", baseline.talks.len() as u64),
            ("operations", baseline.acts.len() as u64),
        ];
        self.whole = baseline.learning.is_none();
        let write = move || write(&path, &baseline);
        self.writing = thread::Builder::new().spawn(write).ok();
        None
    }

    /// Waits until it is written; gives what is to be told of that.
    fn wait(&mut self) -> Option<Deed> {
        let written = self.writing.take()?.join();
        let written = written.unwrap_or_else(|_| Err(io::Error::other("writing it panicked")));
        let failed = written.is_err();
        let news = std::mem::replace(&mut self.failed, failed) != failed;
        let text = match written {
            Ok(mark) => {
                self.mark = Some(mark);
                "what is learned is kept again".to_owned()
            }
            Err(error) => {
                self.whole = false;
                format!("what is learned cannot be kept: {error}; it is tried again")
            }
        };
        let what = match failed {
            true => "baseline-not-kept",
            false => "baseline-kept",
        };
        news.then_some(Deed { what, failed, text })
    }
}

/// Which sorts are held against what comes.
fn armed(detectors: &Detectors) -> Each<bool> {
    let mut armed = Each::default();
    for sort in Sort::ALL {
        armed.set(sort, detectors.usual(sort).is_some());
    }
    armed
}

fn mark(path: &Path) -> io::Result<Mark> {
    let found = fs::metadata(path)?;
    Ok((found.modified()?, found.len()))
}

/// Writes what was learned.
fn write(path: &Path, baseline: &Baseline) -> io::Result<Mark> {
    detect::save(path, baseline).map_err(|failure| io::Error::other(failure.what))?;
    mark(path)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let what = format!("{}: {error}", path.display());
    Failure::new(Exit::Denied, what).hint("what was learned before is in it")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use super::*;
    use crate::facts::{Stamp, Time};
    use crate::sensor::Event;

    /// What is told in these minutes of packet time.
    fn pass(from: u64, to: u64, keeper: &mut Keeper, detectors: &mut Detectors) -> Vec<Deed> {
        let mut news = Vec::new();
        for minute in from..to {
            let time = Time::from_nanos((1_000_000 + minute) * 60_000_000_000);
            detectors.take(&Event::Tick(Stamp { time, frame: 1 }), false);
            news.extend(keeper.go_on(Some(detectors)));
        }
        news
    }

    #[test]
    fn a_sensor_that_is_killed_goes_on_learning_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        settings.state.folder = Some(folder.path().to_owned());
        settings.detectors.learn = Learn::Auto;
        let day = 24 * 60;

        let (detectors, mut keeper) = detectors(&settings, None, None).unwrap();
        let mut detectors = detectors.unwrap();
        let news = pass(0, day + 30, &mut keeper, &mut detectors);
        let [told] = news.as_slice() else {
            panic!("{news:?}");
        };
        assert_eq!(told.what, "baseline-learning");
        let hosts = "hosts after 1.0 days up to 3 new ones a day are to be expected; 2 may";
        assert!(told.text.contains(hosts), "{}", told.text);
        // It is killed: what was written last is there.
        keeper.wait();
        keeper.write(&detectors);
        keeper.wait();
        drop((keeper, detectors));

        // Ten days in which nobody listened do not count.
        let (detectors, mut keeper) = super::detectors(&settings, None, None).unwrap();
        let mut detectors = detectors.unwrap();
        assert_eq!(detectors.learned().as_secs() / 60, day + 29);
        let later = 11 * day;
        let news = pass(later, later + 11 * 60, &mut keeper, &mut detectors);
        assert_eq!(news, []);
        // After 36 hours nothing new was seen of anything.
        let news = pass(later + 11 * 60, later + day, &mut keeper, &mut detectors);
        let [told] = news.as_slice() else {
            panic!("{news:?}");
        };
        assert_eq!(told.what, "baseline-armed");
        assert!(
            told.text.contains("hosts, conversations, reads, changes"),
            "{}",
            told.text
        );
        keeper.finish(Some(&detectors));
        let kept = fs::read_to_string(folder.path().join(NAME)).unwrap();
        assert!(!kept.contains("learning"), "{kept}");
    }
}

//! Loading: files and folders to rules, each refusal with its place and reason.
//!
//! Called by the doors at start. The only file of this room that reads files. A bad rule, file
//! or line never stops the others; nothing here panics on any octets.

use super::Names;
use super::classes::Classes;
use super::compile::Refused;
use super::lists::Lists;
use super::parse::draft::{Draft, Surroundings};
use super::parse::lines::{self, LONGEST, Line};
use super::parse::text::Text;
use super::parse::{Cause, Flaw, header, options};
use super::rule::{Origin, Rule};
use super::shared::Shared;
use super::variables::Variables;
use super::{shipped, thresholds, words};
use crate::capture::Format;
use foldhash::fast::FixedState;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::fs;
use std::hash::BuildHasher as _;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest rule file, list or configuration that is read. All of ET Open is 40 MB.
const LARGEST: u64 = 256 << 20;

/// How deep folders are searched.
const DEEPEST: u8 = 16;

/// Where renumbered rules start: above what rule sets use.
const RENUMBERED: u32 = 3_900_000_000;

/// How rules are loaded.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Variables, name and value; the last of a name counts.
    pub variables: Vec<(String, String)>,
    /// Files of thresholds and suppressions, beside `threshold.config` in the rules' folders.
    pub thresholds: Vec<PathBuf>,
    /// Also load the rules that are switched off by `#`.
    pub off_too: bool,
    /// Also load the shipped rules.
    pub shipped: bool,
    /// Names of the site's zones, where they are known: `asset.zone` asks for them.
    pub zones: Option<Vec<String>>,
}

/// A rule, or a line of another file, that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// File.
    pub file: Arc<PathBuf>,
    /// Line, from 1; 0 where the file as a whole is meant.
    pub line: u32,
    /// Column, from 1, counted in characters.
    pub column: u32,
    /// The rule's sid, where it can be told.
    pub sid: Option<u32>,
    /// To be counted by.
    pub cause: Cause,
    /// What is wrong.
    pub what: String,
    /// How to mend it; empty where that is plain.
    pub hint: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.what)
    }
}

/// What is to be told of a rule, or of a file, though it loads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where it stands.
    pub origin: Origin,
    /// The rule's sid.
    pub sid: Option<u32>,
    /// What.
    pub what: String,
}

/// Rules of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origins {
    /// The file.
    pub file: Arc<PathBuf>,
    /// Rules that loaded.
    pub loaded: usize,
    /// Rules switched off, and left out.
    pub off: usize,
    /// Rules refused.
    pub refused: usize,
}

/// What became of some files.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The rules, in the order of the files.
    pub rules: Vec<Rule>,
    /// Names of their bits.
    pub names: Names,
    /// The files, in order.
    pub files: Vec<Origins>,
    /// What was refused.
    pub refusals: Vec<Refusal>,
    /// What is to be told of rules that load.
    pub notes: Vec<Note>,
    /// Variables that nobody set, with what filled them.
    pub filled: Vec<(String, String)>,
    /// Words that were accepted and change nothing, with how many rules have them.
    pub without_effect: BTreeMap<&'static str, usize>,
    /// Numbers of shipped rules in whose place rules of the user stand.
    pub replaced: Vec<u32>,
    /// Every file that was looked for: of rules, of settings beside them, of lists.
    pub read: Read,
}

/// Files that were looked for.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Their places; some may not be there.
    pub paths: Vec<PathBuf>,
    /// Of what was read of them: another where one of them has changed, has come or is gone.
    pub mark: u64,
}

impl Read {
    /// Reads a file and takes note of it.
    fn text(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        let octets = text(path);
        self.mark = FixedState::with_seed(self.mark).hash_one((path, octets.as_ref().ok()));
        self.paths.push(path.to_owned());
        octets
    }

    /// Takes over what another took note of.
    fn absorb(&mut self, other: Self) {
        self.mark = FixedState::with_seed(self.mark).hash_one(other.mark);
        self.paths.extend(other.paths);
    }
}

impl Loaded {
    /// Takes out rules that the compiler refused: places among [`Loaded::rules`] with reasons.
    pub fn refuse(&mut self, refused: &[Refused]) {
        let mut places: Vec<&Refused> = refused.iter().collect();
        places.sort_by_key(|refused| refused.place);
        let mut kept = Vec::with_capacity(self.rules.len());
        let mut next = places.into_iter().peekable();
        for (place, rule) in std::mem::take(&mut self.rules).into_iter().enumerate() {
            let Some(refused) = next.next_if(|refused| refused.place == place) else {
                kept.push(rule);
                continue;
            };
            let file = self
                .files
                .iter_mut()
                .find(|row| row.file == rule.origin.file);
            if let Some(row) = file {
                row.loaded = row.loaded.saturating_sub(1);
                row.refused = row.refused.saturating_add(1);
            }
            self.refusals.push(Refusal {
                sid: Some(rule.id.sid),
                ..refusal(
                    &rule.origin.file,
                    rule.origin.line,
                    Cause::NotEvaluated,
                    refused.reason.clone(),
                )
            });
        }
        self.rules = kept;
    }
}

/// Why nothing can be loaded.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct Error {
    /// The path that was given.
    pub path: PathBuf,
    /// What the system says.
    pub error: io::Error,
}

/// Loads rules from files and folders. Of a folder all files `*.rules` count, in the order of
/// their names, with those of the folders in it.
///
/// # Errors
///
/// A path that was given and cannot be read. All else is told in [`Loaded`].
pub fn load(paths: &[PathBuf], config: &Config) -> Result<Loaded, Error> {
    let mut files = Vec::new();
    for path in paths {
        gather(path, &mut files).map_err(|error| Error {
            path: path.clone(),
            error,
        })?;
    }
    let mut loader = Loader::new(config);
    for (path, given) in files {
        match loader.loaded.read.text(&path).and_then(no_capture) {
            Ok(octets) => loader.file(&path, &octets),
            Err(error) if given => return Err(Error { path, error }),
            Err(error) => loader.refuse_file(&path, error.to_string()),
        }
    }
    if config.shipped {
        loader.shipped();
    }
    for path in &config.thresholds {
        let octets = loader.loaded.read.text(path).map_err(|error| Error {
            path: path.clone(),
            error,
        })?;
        loader.thresholds.push((path.clone(), octets));
    }
    Ok(loader.finish())
}

/// What stands in a file of rules, unless it is a capture.
fn no_capture(octets: Vec<u8>) -> io::Result<Vec<u8>> {
    match Format::of(&octets) {
        None => Ok(octets),
        Some(_) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "this is a capture, and no rules",
        )),
    }
}

/// Loads the rules of a text, as if it stood in this file.
#[must_use]
pub fn load_text(path: &Path, octets: &[u8], config: &Config) -> Loaded {
    let mut loader = Loader::new(config);
    loader.file(path, octets);
    loader.finish()
}

/// A file below the folder of the rules, for lists. Nothing else may be read.
pub(super) fn below(folder: &Path, name: &str, read: &mut Read) -> Result<String, String> {
    let path = Path::new(name);
    let inside = path.components().all(|part| {
        matches!(
            part,
            std::path::Component::Normal(_) | std::path::Component::CurDir
        )
    });
    if !inside || name.is_empty() {
        return Err(format!(
            "the list {name} is not below the folder of the rules"
        ));
    }
    let joined = folder.join(path);
    // What is not there is told, and noted, by reading it.
    if let Ok(list) = fs::canonicalize(&joined) {
        let folder = fs::canonicalize(folder).map_err(|error| format!("{name}: {error}"))?;
        if !list.starts_with(folder) {
            return Err(format!(
                "the list {name} is not below the folder of the rules"
            ));
        }
    }
    let octets = read
        .text(&joined)
        .map_err(|error| format!("{name}: {error}"))?;
    String::from_utf8(octets).map_err(|_| format!("{name} is not UTF-8"))
}

/// The octets of a file.
fn text(path: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    // Devices have no length and no end.
    let read = fs::File::open(path)?.take(LARGEST + 1);
    { read }.read_to_end(&mut octets)?;
    if octets.len() as u64 > LARGEST {
        let what = format!("more than {LARGEST} octets");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(octets)
}

/// The files of a path; `true` for one that was given itself.
fn gather(path: &Path, files: &mut Vec<(PathBuf, bool)>) -> io::Result<()> {
    if fs::metadata(path)?.is_dir() {
        let before = files.len();
        folder(path, DEEPEST, &mut |name| name.ends_with(".rules"), files)?;
        if files.len() == before {
            // Some rule sets come as text files.
            let mut plain = |name: &str| name.ends_with(".txt") || !name.contains('.');
            folder(path, DEEPEST, &mut plain, files)?;
            let found = files.split_off(before);
            files.extend(found.into_iter().filter(|(path, _)| holds_rules(path)));
        }
    } else {
        files.push((path.to_owned(), true));
    }
    Ok(())
}

fn folder(
    path: &Path,
    depth: u8,
    keep: &mut dyn FnMut(&str) -> bool,
    files: &mut Vec<(PathBuf, bool)>,
) -> io::Result<()> {
    let mut entries: Vec<PathBuf> = fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    entries.sort();
    for entry in entries {
        let name = entry.file_name().map(|name| name.to_string_lossy());
        let name = name.unwrap_or_default();
        if entry.is_dir() {
            if let Some(depth) = depth.checked_sub(1).filter(|_| !name.starts_with('.')) {
                folder(&entry, depth, keep, files)?;
            }
        } else if keep(&name) {
            files.push((entry, false));
        }
    }
    Ok(())
}

/// Whether a text file has a line that reads as a rule.
fn holds_rules(path: &Path) -> bool {
    let octets = text(path).unwrap_or_default();
    lines::lines(&octets).any(|line| line.off || lines::is_rule(line.text.as_bytes()))
}

/// The state of a load.
struct Loader<'c> {
    config: &'c Config,
    variables: Variables,
    classes: Classes,
    lists: Lists,
    folders: Vec<PathBuf>,
    thresholds: Vec<(PathBuf, Vec<u8>)>,
    /// Numbers of rules that are switched off, which shipped ones may have.
    off: HashSet<u32>,
    shared: Shared,
    loaded: Loaded,
}

impl<'c> Loader<'c> {
    fn new(config: &'c Config) -> Self {
        let mut variables = Variables::default();
        for (name, value) in &config.variables {
            variables.set(name, value);
        }
        Self {
            config,
            variables,
            classes: Classes::default(),
            lists: Lists::default(),
            folders: Vec::new(),
            thresholds: Vec::new(),
            off: HashSet::new(),
            shared: Shared::default(),
            loaded: Loaded::default(),
        }
    }

    /// Looks beside the rules of a folder for classes and thresholds, once.
    fn beside(&mut self, folder: &Path) {
        if self.folders.iter().any(|known| known == folder) {
            return;
        }
        self.folders.push(folder.to_owned());
        let path = folder.join("classification.config");
        if let Ok(octets) = self.loaded.read.text(&path) {
            let wrong = self.classes.read(&String::from_utf8_lossy(&octets));
            let file = Arc::new(path);
            for line in wrong {
                let refusal = refusal(&file, line, Cause::Syntax, "the line is no classification");
                self.loaded.refusals.push(Refusal {
                    hint: "config classification: name,text,priority".to_owned(),
                    ..refusal
                });
            }
        }
        for name in ["threshold.config", "threshold.conf"] {
            let path = folder.join(name);
            if let Ok(octets) = self.loaded.read.text(&path) {
                self.thresholds.push((path, octets));
            }
        }
    }

    fn refuse_file(&mut self, path: &Path, what: String) {
        let file = Arc::new(path.to_owned());
        self.loaded.files.push(Origins {
            file: file.clone(),
            loaded: 0,
            off: 0,
            refused: 0,
        });
        let refusal = refusal(&file, 0, Cause::File, what);
        self.loaded.refusals.push(refusal);
    }

    fn file(&mut self, path: &Path, octets: &[u8]) {
        if octets.starts_with(b"\xff\xfe") || octets.starts_with(b"\xfe\xff") {
            return self.refuse_file(path, "the file is UTF-16; save it as UTF-8".to_owned());
        }
        let folder = path
            .parent()
            .map_or_else(|| PathBuf::from("."), Path::to_owned);
        let folder = if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        };
        self.beside(&folder);
        self.lines(path, octets, &folder);
    }

    /// Loads the shipped rules behind all others.
    fn shipped(&mut self) {
        let theirs = self.loaded.rules.len();
        let off = std::mem::take(&mut self.off);
        for (name, text) in shipped::FILES {
            self.lines(Path::new(name), text.as_bytes(), Path::new(shipped::FOLDER));
        }
        shipped::give_way(&mut self.loaded, theirs, &off);
    }

    fn lines(&mut self, path: &Path, octets: &[u8], folder: &Path) {
        let file = Arc::new(path.to_owned());
        let mut counts = Origins {
            file: file.clone(),
            loaded: 0,
            off: 0,
            refused: 0,
        };
        for line in lines::lines(octets) {
            if line.off && !self.config.off_too {
                counts.off = counts.off.saturating_add(1);
                self.off.extend(sid_in(&line.text));
                continue;
            }
            match self.rule(&line, &file, folder) {
                Ok(()) => counts.loaded = counts.loaded.saturating_add(1),
                Err(flaw) => {
                    counts.refused = counts.refused.saturating_add(1);
                    self.refuse(flaw, &line, &file);
                }
            }
        }
        self.loaded.files.push(counts);
    }

    fn refuse(&mut self, flaw: Flaw, line: &Line, file: &Arc<PathBuf>) {
        let (number, column) = line.place(flaw.at);
        self.loaded.refusals.push(Refusal {
            file: file.clone(),
            line: number,
            column,
            sid: sid_in(&line.text),
            cause: flaw.cause,
            what: flaw.what,
            hint: flaw.hint,
        });
    }

    /// Reads one rule and keeps it.
    fn rule(&mut self, line: &Line, file: &Arc<PathBuf>, folder: &Path) -> Result<(), Flaw> {
        if line.too_long {
            return Err(
                Flaw::syntax(0, format!("the rule is longer than {LONGEST} octets"))
                    .hint("does a line end with `\\` that should not?"),
            );
        }
        let whole = Text {
            at: 0,
            text: &line.text,
            latin: line.latin,
        };
        let Some(open) = line.text.find('(') else {
            return Err(no_bracket(whole, &mut self.variables));
        };
        let header = header::header(whole.part(0, open), &mut self.variables)?;
        let options = options::options(whole.after(open.saturating_add(1)))?;
        let around = Surroundings {
            names: &mut self.loaded.names,
            classes: &self.classes,
            lists: &mut self.lists,
            zones: self.config.zones.as_deref(),
            folder,
        };
        let mut draft = Draft::new(header, around);
        let mut idle = Vec::new();
        for option in options {
            idle.extend(words::read(&mut draft, option)?);
        }
        let origin = Origin {
            file: file.clone(),
            line: line.place(0).0,
        };
        let end = line.text.trim_end().len();
        let (mut rule, notes) = draft.finish(end, origin, line.text.trim().into())?;
        idle.sort_unstable();
        idle.dedup();
        for word in idle {
            let count = self.loaded.without_effect.entry(word).or_default();
            *count = count.saturating_add(1);
        }
        for what in notes {
            self.loaded.notes.push(Note {
                origin: rule.origin.clone(),
                sid: Some(rule.id.sid),
                what,
            });
        }
        self.shared.share(&mut rule);
        self.loaded.rules.push(rule);
        Ok(())
    }

    fn finish(mut self) -> Loaded {
        renumber(&mut self.loaded);
        for (path, octets) in std::mem::take(&mut self.thresholds) {
            let file = Arc::new(path);
            let wrong =
                thresholds::apply(&octets, &file, &mut self.variables, &mut self.loaded.rules);
            self.loaded.refusals.extend(wrong);
        }
        let (filled, idle) = self.variables.filled();
        self.loaded.filled = filled;
        for name in idle {
            let known = self.loaded.filled.iter().map(|row| row.0.as_str());
            let near = words::alike(&name, known);
            let what = format!("the variable {name} is set and no rule uses it. {near}");
            self.loaded.notes.push(Note {
                origin: Origin {
                    file: Arc::new(PathBuf::new()),
                    line: 0,
                },
                sid: None,
                what: what.trim_end().to_owned(),
            });
        }
        self.loaded.read.absorb(self.lists.read);
        self.loaded
    }
}

/// A refusal of a line as a whole.
pub(super) fn refusal(
    file: &Arc<PathBuf>,
    line: u32,
    cause: Cause,
    what: impl Into<String>,
) -> Refusal {
    Refusal {
        file: file.clone(),
        line,
        column: u32::from(line > 0),
        sid: None,
        cause,
        what: what.into(),
        hint: String::new(),
    }
}

/// The flaw of a line without options: most of all it is no rule.
fn no_bracket(text: Text<'_>, variables: &mut Variables) -> Flaw {
    match header::header(text, variables) {
        Err(flaw) => flaw,
        Ok(_) => Flaw::syntax(text.text.len(), "the options in brackets are missing")
            .hint("alert tcp any any -> any 502 (msg:\"...\"; sid:1000001;)"),
    }
}

/// The number behind `sid:` of a rule that cannot be read.
fn sid_in(text: &str) -> Option<u32> {
    let (_, rest) = text.rsplit_once("sid:")?;
    let rest = rest.trim_start();
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    rest.get(..end)?.parse().ok()
}

/// Gives later rules of the same sid new numbers, and tells so.
fn renumber(loaded: &mut Loaded) {
    let mut seen: HashMap<(u32, u32), usize> = HashMap::new();
    let mut next = RENUMBERED;
    let taken: HashSet<(u32, u32)> = loaded
        .rules
        .iter()
        .map(|rule| (rule.id.gid, rule.id.sid))
        .collect();
    for place in 0..loaded.rules.len() {
        let Some(id) = loaded.rules.get(place).map(|rule| rule.id) else {
            continue;
        };
        let Some(first) = seen.get(&(id.gid, id.sid)).copied() else {
            seen.insert((id.gid, id.sid), place);
            continue;
        };
        while taken.contains(&(id.gid, next)) {
            next = next.saturating_add(1);
        }
        let was = loaded.rules.get(first).map(|rule| rule.origin.clone());
        if let (Some(rule), Some(was)) = (loaded.rules.get_mut(place), was) {
            rule.id.sid = next;
            loaded.notes.push(Note {
                origin: rule.origin.clone(),
                sid: Some(next),
                what: format!(
                    "sid {} stands already in {}, line {}; this rule is now sid {next}",
                    id.sid,
                    was.file.file_name().unwrap_or_default().display(),
                    was.line
                ),
            });
        }
        next = next.saturating_add(1);
    }
}

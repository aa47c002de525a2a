//! Reads configuration files and lays one over the other: tables are merged key by key; a value
//! or a list takes the place of the one before.

use super::Settings;
use super::keys::{Form, KEYS, Key};
use serde::Deserialize as _;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The folder beside a configuration file whose `*.toml` files are laid over it.
const DROP_INS: &str = "conf.d";

/// Octets of a configuration file at most: far more than anybody writes.
const LONGEST: u64 = 1024 * 1024;

/// What is not the name of a file where a path is asked for: standard output, and nowhere.
const NO_FILES: [&str; 2] = ["-", "none"];

/// What was said so far: files, and the command line over them.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    table: Table,
    origins: BTreeMap<&'static str, String>,
    files: Vec<PathBuf>,
}

/// A configuration that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    /// The file.
    pub file: PathBuf,
    /// Line and column, from 1.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub what: String,
    /// How to mend it; empty where that is plain.
    pub hint: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.what)
    }
}

impl std::error::Error for Error {}

impl Layers {
    /// Reads a configuration file, and those of the folder `conf.d` beside it in the order of
    /// their names.
    ///
    /// # Errors
    /// A file cannot be read, or something in it is not as it must be.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mut this = Self::default();
        this.file(path)?;
        let folder = folder_of(path).join(DROP_INS);
        for file in drop_ins(&folder)? {
            this.file(&file)?;
        }
        Ok(this)
    }

    /// Lays values over what was said; `origin` says whose they are.
    pub fn lay(&mut self, table: Table, origin: &str) {
        for key in KEYS.iter().filter(|key| value(&table, key).is_some()) {
            self.origins.insert(key.path, origin.to_owned());
        }
        merge(&mut self.table, table);
    }

    /// The settings: what was said, over the defaults.
    ///
    /// # Errors
    /// A value is not as it must be.
    pub fn settings(&self) -> Result<Settings, String> {
        let settings = Settings::deserialize(self.table.clone());
        settings.map_err(|error| error.message().to_owned())
    }

    /// Who said what a key is; none where it is the default.
    #[must_use]
    pub fn origin(&self, key: &Key) -> Option<&str> {
        self.origins.get(key.path).map(String::as_str)
    }

    /// The files that were read.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Lays a file over what was said.
    fn file(&mut self, path: &Path) -> Result<(), Error> {
        let text = text(path)?;
        let wrong = |error: &toml::de::Error| wrong(path, &text, error);
        // Each file by itself, so that what is wrong is told where it stands.
        toml::from_str::<Settings>(&text).map_err(|error| wrong(&error))?;
        let mut table: Table = toml::from_str(&text).map_err(|error| wrong(&error))?;
        anchor(&mut table, folder_of(path));
        self.lay(table, &path.display().to_string());
        self.files.push(path.to_owned());
        Ok(())
    }
}

/// The files of a folder that are laid over a configuration file, in order.
fn drop_ins(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unread(folder, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unread(folder, &error))?.path();
        let hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|suffix| suffix == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// The text of a file.
fn text(path: &Path) -> Result<String, Error> {
    let file = fs::metadata(path).map_err(|error| unread(path, &error))?;
    let wrong = |what: String| Error {
        file: path.to_owned(),
        place: None,
        what,
        hint: String::new(),
    };
    // A pipe may never end, and a reload must.
    if !file.is_file() && !file.is_dir() {
        return Err(wrong("is no file".to_owned()));
    }
    if file.len() > LONGEST {
        let what = format!("has {} octets: that is no configuration", file.len());
        return Err(wrong(what));
    }
    let octets = fs::read(path).map_err(|error| unread(path, &error))?;
    String::from_utf8(octets).map_err(|error| {
        let before = error.utf8_error().valid_up_to();
        let good = error.as_bytes().get(..before).unwrap_or_default();
        Error {
            file: path.to_owned(),
            place: Some(place(&String::from_utf8_lossy(good), before)),
            what: "is not a text in UTF-8".to_owned(),
            hint: "save it as UTF-8".to_owned(),
        }
    })
}

fn unread(path: &Path, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::PermissionDenied => "let the user who runs jaga read it",
        _ => "`jaga run --help` tells how it is named",
    };
    Error {
        file: path.to_owned(),
        place: None,
        what: format!("the configuration cannot be read: {error}"),
        hint: hint.to_owned(),
    }
}

/// The line and the column of an octet.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// An error of a file, with what to do.
fn wrong(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let at = error.span().map(|span| span.start);
    let place = at.map(|at| place(text, at));
    let line = place.and_then(|(line, _)| text.lines().nth(line.saturating_sub(1)));
    let message = error.message().trim();
    let (what, hint) = unknown(message).unwrap_or_else(|| {
        let said = message.lines().collect::<Vec<_>>().join(": ");
        (said, line.and_then(meant).unwrap_or_default())
    });
    Error {
        file: path.to_owned(),
        place,
        what,
        hint,
    }
}

/// What serde says of a key that there is not: which one, and which one is near.
fn unknown(message: &str) -> Option<(String, String)> {
    let named = message.strip_prefix("unknown field ")?;
    let mut names = named.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    let near = names
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min();
    let elsewhere = KEYS.iter().find(|key| key.name() == wrong);
    let hint = match (near, elsewhere.map(Key::table)) {
        (Some((_, near)), _) => format!("did you mean `{near}`?"),
        (None, Some("")) => "it stands above the first [table]".to_owned(),
        (None, Some(table)) => format!("it stands under [{table}]"),
        (None, None) => "docs/configuration.md and `jaga check --show` have all keys".to_owned(),
    };
    Some((format!("there is no key `{wrong}` here"), hint))
}

/// What the key of a line takes.
fn meant(line: &str) -> Option<String> {
    let (name, _) = line.split_once('=')?;
    let key = KEYS.iter().find(|key| key.name() == name.trim())?;
    Some(format!(
        "{}; as {} = {}",
        key.about,
        key.name(),
        key.example
    ))
}

/// The value of a key.
pub(super) fn value<'a>(table: &'a Table, key: &Key) -> Option<&'a Value> {
    match key.path.split_once('.') {
        None => table.get(key.path),
        Some((outer, name)) => table.get(outer)?.as_table()?.get(name),
    }
}

/// Makes relative paths those from the folder of the file they stand in.
fn anchor(table: &mut Table, folder: &Path) {
    let is_path = |key: &&Key| matches!(key.form, Form::Path | Form::Paths);
    for key in KEYS.iter().filter(is_path) {
        let (outer, name) = key.path.split_once('.').unwrap_or(("", key.path));
        let values = match table.get_mut(outer).and_then(|value| value.get_mut(name)) {
            Some(Value::Array(values)) => values.as_mut_slice(),
            Some(value) => std::slice::from_mut(value),
            None => continue,
        };
        for value in values {
            if let Value::String(path) = value
                && !NO_FILES.contains(&path.as_str())
            {
                *path = folder.join(&*path).to_string_lossy().into_owned();
            }
        }
    }
}

/// Lays one table over another.
fn merge(under: &mut Table, over: Table) {
    for (name, value) in over {
        match (under.get_mut(&name), value) {
            (Some(Value::Table(under)), Value::Table(over)) => merge(under, over),
            (_, value) => _ = under.insert(name, value),
        }
    }
}

//! `--assets FILE`: what people know of the devices.
//!
//! Called by `replay`, `audit`, `run` and `check` before the run.

use crate::cli::exit::tell;
use crate::cli::{Exit, Failure};
use crate::config::Inventory as Settings;
use crate::desk::inventory::Inventory;
use crate::desk::names::{Names, Naming};
use crate::desk::site::Site;
use clap::{Arg, value_parser};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest list that is read, in octets: 65,536 lines of 256.
const LARGEST: u64 = 16 << 20;

/// Most notes on a list that are told one by one.
const NOTES: usize = 20;

/// The option.
pub(in crate::cli) fn argument() -> Arg {
    Arg::new("assets")
        .long("assets")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("What the site knows of its devices: a CSV of them")
        .long_help(
            "Lay the site's list of its devices (CSV, as spreadsheets save it) over what is seen. \
             The first line names the columns, in any order: mac, ip, serial (one of them at \
             least), name, owner, importance (low, normal, high, critical), zone, purdue (0 to \
             5). What it says stands over what was guessed; contradictions, devices that are in \
             the list and were never seen, and devices that are not in it are told. A file that \
             --inventory wrote as .csv can be filled in and given here.",
        )
}

/// An inventory that knows the list that is named, if one is.
pub(in crate::cli) fn inventory(asked: &Settings, quiet: bool) -> Result<Inventory, Failure> {
    let site = asked.assets.as_deref().map(open).transpose()?;
    if let (Some(site), Some(path), false) = (&site, &asked.assets, quiet) {
        for (what, hint) in notes(path, site) {
            tell(what, &hint);
        }
    }
    Ok(Inventory::of(site.map(Arc::new)))
}

/// The same, with what says who is who in events, and where they look that up.
pub(in crate::cli) fn known(
    asked: &Settings,
    quiet: bool,
) -> Result<(Inventory, Option<Naming>, Names), Failure> {
    let inventory = inventory(asked, quiet)?;
    let names = Names::default();
    let site = inventory.site.clone();
    let naming = site.map(|site| Naming::new(site, names.clone()));
    Ok((inventory, naming, names))
}

/// What in a list is odd, with how to mend it.
pub(in crate::cli) fn notes(path: &Path, site: &Site) -> Vec<(String, String)> {
    let named = path.display();
    let notes = site.notes.iter().take(NOTES);
    let mut told: Vec<(String, String)> = notes
        .map(|note| (format!("{named}: {note}"), note.hint.clone()))
        .collect();
    let more = site.notes.len().saturating_sub(NOTES);
    if more > 0 {
        let what = format!("{named}: {more} more lines are odd");
        told.push((what, String::new()));
    }
    told
}

/// Reads a list.
pub(in crate::cli) fn open(path: &Path) -> Result<Site, Failure> {
    const HINT: &str = "--assets takes a CSV file; `jaga replay --help` tells its columns";
    let named = path.display();
    let failed = |exit, what: String| {
        let failure = Failure::new(exit, format!("{named}: {what}"));
        failure.hint(HINT)
    };
    let unread = |error: std::io::Error| {
        let exit = match error.kind() {
            std::io::ErrorKind::NotFound => Exit::Usage,
            _ => Exit::Denied,
        };
        failed(exit, error.to_string())
    };
    let about = fs::metadata(path).map_err(unread)?;
    if !about.is_file() {
        return Err(failed(Exit::Usage, "is not a file".to_owned()));
    }
    if about.len() > LARGEST {
        let what = format!("is larger than {} MiB", LARGEST >> 20);
        return Err(failed(Exit::Usage, what));
    }
    let octets = fs::read(path).map_err(unread)?;
    Site::read(&octets).map_err(|error| {
        let what = format!("{named}: {error}");
        Failure::new(Exit::Usage, what).hint(error.first.hint)
    })
}

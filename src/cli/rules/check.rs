//! `jaga rules check`: what became of each rule, in a table or as one JSON object.

use super::{config, json_option, loaded, options, path_argument, paths, zone_names, zones};
use crate::cli::output::Output;
use crate::cli::{Exit, Failure, settings, wrapped};
use crate::facts::plain;
use crate::rules::compile::Engine;
use crate::rules::lint::{Lint, lint};
use crate::rules::rule::{Buffer, Over, Rule};
use crate::rules::{Cause, Loaded, Refusal, shipped};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  jaga rules check                            the shipped rules
  jaga rules check local.rules
  jaga rules check /etc/suricata/rules --all | less
  jaga rules check rules/ --json | jq .reasons";

const EXITS: &str = "\
Exit codes of check:
  0  every rule that is on loads
  1  a rule, or a line of another file, is refused
  2  a path is not there
  4  a path must not be read";

/// Most entries of a list that are shown without `--all`.
const SHOWN: usize = 300;

/// Most notes and doubtful rules that are shown without `--all`.
const FEW: usize = 12;

pub(super) fn command() -> Command {
    Command::new("check")
        .about("Load rule files and tell which rules load, which not and why")
        .before_help(EXAMPLES)
        .after_help(EXITS)
        .arg(path_argument())
        .args(options())
        .arg(zones())
        .arg(
            Arg::new("off")
                .long("off")
                .action(ArgAction::SetTrue)
                .help("Check also the rules that are switched off by #"),
        )
        .arg(
            Arg::new("all")
                .long("all")
                .action(ArgAction::SetTrue)
                .help("Show lists in full"),
        )
        .arg(json_option())
}

pub(super) fn run(arguments: &ArgMatches) -> Result<Exit, Failure> {
    let mut config = config(&settings::rules(arguments)?)?;
    config.off_too = arguments.get_flag("off");
    config.zones = zone_names(arguments)?;
    let paths = paths(arguments);
    let mut loaded = loaded(&paths, &config)?;
    if !paths.is_empty() {
        // They were there to tell which of them give way.
        shipped::leave_out(&mut loaded);
    }
    // A rule counts as loaded when the engine takes it.
    let (_, refused) = Engine::compile(loaded.rules.clone());
    loaded.refuse(&refused);
    let lints = lint(&loaded.rules, &loaded.names);
    let mut out = Output::stdout();
    let written = if arguments.get_flag("json") {
        writeln!(out, "{}", object(&loaded, &lints))
    } else {
        let page = Page {
            loaded: &loaded,
            lints: &lints,
            all: arguments.get_flag("all"),
            shared: shared(&loaded),
        };
        page.write(&mut out)
    };
    written.map_err(|error| out.failed(&error))?;
    out.finish(true)?;
    Ok(if loaded.refusals.is_empty() {
        Exit::Done
    } else {
        Exit::Findings
    })
}

/// What a rule is evaluated on, the latest thing it waits for.
fn tier(rule: &Rule) -> &'static str {
    let fields = rule.buffers.iter().any(|part| {
        matches!(
            part.buffer,
            Buffer::Fields(_) | Buffer::Pdu | Buffer::PduPart { .. }
        )
    });
    if !rule.assets.is_empty() {
        "assets"
    } else if !rule.operation.is_empty() {
        "operations"
    } else if !rule.events.is_empty() {
        "events"
    } else if fields || !rule.fields.is_empty() {
        "messages"
    } else if matches!(rule.over, Over::Tcp | Over::TcpStream | Over::Protocol(_)) {
        "streams and packets"
    } else {
        "packets"
    }
}

fn tiers(rules: &[Rule]) -> BTreeMap<&'static str, usize> {
    let mut tiers = BTreeMap::new();
    for rule in rules {
        *tiers.entry(tier(rule)).or_default() += 1;
    }
    tiers
}

/// Refusals of one reason: how many, and the first.
fn reasons(refusals: &[Refusal]) -> Vec<(Cause, &str, usize, &Refusal)> {
    let mut groups: BTreeMap<(Cause, &str), (usize, &Refusal)> = BTreeMap::new();
    for refusal in refusals {
        let group = groups
            .entry((refusal.cause, &refusal.what))
            .or_insert((0, refusal));
        group.0 += 1;
    }
    let mut rows: Vec<_> = groups
        .into_iter()
        .map(|((cause, what), (count, first))| (cause, what, count, first))
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.2));
    rows
}

fn object(loaded: &Loaded, lints: &[Lint]) -> serde_json::Value {
    let name = |path: &Path| path.to_string_lossy().into_owned();
    let files = loaded.files.iter().map(|file| {
        json!({"file": name(&file.file), "loaded": file.loaded, "off": file.off,
            "refused": file.refused})
    });
    let reasons = reasons(&loaded.refusals);
    let reasons = reasons.iter().map(
        |(cause, what, count, _)| json!({"cause": cause.name(), "what": what, "count": count}),
    );
    let refusals = loaded.refusals.iter().map(|refusal| {
        json!({"file": name(&refusal.file), "line": refusal.line, "column": refusal.column,
            "sid": refusal.sid, "cause": refusal.cause.name(), "what": refusal.what,
            "hint": refusal.hint})
    });
    let lints = lints.iter().map(|lint| {
        json!({"file": name(&lint.origin.file), "line": lint.origin.line, "sid": lint.id.sid,
            "never_matches": lint.dead, "what": lint.what})
    });
    let notes = loaded.notes.iter().map(|note| {
        json!({"file": name(&note.origin.file), "line": note.origin.line, "sid": note.sid,
            "what": note.what})
    });
    let variables: BTreeMap<&str, &str> = loaded
        .filled
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    json!({
        "loaded": loaded.rules.len(),
        "off": loaded.files.iter().map(|file| file.off).sum::<usize>(),
        "refused": loaded.refusals.len(),
        "tiers": tiers(&loaded.rules),
        "reasons": reasons.collect::<Vec<_>>(),
        "refusals": refusals.collect::<Vec<_>>(),
        "lints": lints.collect::<Vec<_>>(),
        "notes": notes.collect::<Vec<_>>(),
        "variables": variables,
        "without_effect": loaded.without_effect,
        "files": files.collect::<Vec<_>>(),
    })
}

/// The table for people.
struct Page<'a> {
    loaded: &'a Loaded,
    lints: &'a [Lint],
    all: bool,
    shared: PathBuf,
}

/// A number with commas between its thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The end of a text that fits into so many columns.
fn tail(text: &str, columns: usize) -> String {
    let safe = plain(text);
    let length = safe.chars().count();
    if length <= columns {
        return safe;
    }
    let kept = safe
        .chars()
        .skip(length.saturating_sub(columns.saturating_sub(3)));
    std::iter::once("...".to_owned())
        .chain(kept.map(String::from))
        .collect()
}

impl Page<'_> {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.files(out)?;
        self.tiers(out)?;
        self.refused(out)?;
        self.linted(out)?;
        self.variables(out)?;
        self.notes(out)
    }

    fn files(&self, out: &mut dyn Write) -> io::Result<()> {
        let row = |out: &mut dyn Write, name: &str, counts: [String; 3]| {
            let [loaded, off, refused] = counts;
            writeln!(out, "{name:<50}{loaded:>10}{off:>10}{refused:>10}")
        };
        row(out, "", ["loaded", "off", "refused"].map(str::to_owned))?;
        for file in &self.loaded.files {
            let name = self.name(&file.file, 49);
            row(
                out,
                &name,
                [file.loaded, file.off, file.refused].map(grouped),
            )?;
        }
        if self.loaded.files.is_empty() {
            writeln!(out, "no file of rules: those of a folder are named *.rules")?;
        }
        let sum = |of: fn(&crate::rules::Origins) -> usize| {
            grouped(self.loaded.files.iter().map(of).sum::<usize>())
        };
        let counts = [sum(|f| f.loaded), sum(|f| f.off), sum(|f| f.refused)];
        row(out, "together", counts)
    }

    fn tiers(&self, out: &mut dyn Write) -> io::Result<()> {
        let tiers = tiers(&self.loaded.rules);
        if tiers.is_empty() {
            return Ok(());
        }
        let parts: Vec<String> = tiers
            .iter()
            .map(|(tier, count)| format!("{tier} {}", grouped(*count)))
            .collect();
        writeln!(out)?;
        wrapped(&format!("evaluated on: {}", parts.join(", ")), 0, out)
    }

    fn refused(&self, out: &mut dyn Write) -> io::Result<()> {
        let refusals = &self.loaded.refusals;
        if refusals.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nrefused, by reason")?;
        let rows = reasons(refusals);
        let most = if self.all { rows.len() } else { 40 };
        for (_, what, count, first) in rows.iter().take(most) {
            writeln!(out, "{:>8}  {}", grouped(*count), tail(what, 70))?;
            if *count > 1 {
                writeln!(out, "{:10}first {}", "", self.place(first))?;
            }
        }
        if rows.len() > most {
            writeln!(
                out,
                "{:10}and {} more reasons: --all",
                "",
                rows.len() - most
            )?;
        }
        if refusals.len() > SHOWN && !self.all {
            writeln!(out, "\n--all shows each of the {}", grouped(refusals.len()))?;
            return Ok(());
        }
        writeln!(out, "\nrefused, one by one")?;
        for refusal in refusals {
            writeln!(out, "{}", self.place(refusal))?;
            wrapped(&refusal.what, 4, out)?;
            if !refusal.hint.is_empty() {
                wrapped(&format!("hint: {}", refusal.hint), 4, out)?;
            }
        }
        Ok(())
    }

    fn linted(&self, out: &mut dyn Write) -> io::Result<()> {
        for (dead, title) in [
            (true, "load and can never match"),
            (false, "load and are doubtful"),
        ] {
            let found: Vec<&Lint> = self.lints.iter().filter(|lint| lint.dead == dead).collect();
            if found.is_empty() {
                continue;
            }
            writeln!(out, "\n{title}: {}", grouped(found.len()))?;
            let most = if self.all { found.len() } else { FEW };
            for lint in found.iter().take(most) {
                let file = self.name(&lint.origin.file, 55);
                let place = format!("{file}:{}", lint.origin.line);
                writeln!(out, "{place}, sid {}", lint.id.sid)?;
                wrapped(&lint.what, 4, out)?;
            }
            if found.len() > most {
                writeln!(out, "and {} more: --all", grouped(found.len() - most))?;
            }
        }
        Ok(())
    }

    fn variables(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.loaded.filled.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nvariables that nobody set")?;
        for (name, value) in &self.loaded.filled {
            wrapped(&format!("${name} = {}", value.replace(',', ", ")), 2, out)?;
        }
        Ok(())
    }

    fn notes(&self, out: &mut dyn Write) -> io::Result<()> {
        let idle = &self.loaded.without_effect;
        if !idle.is_empty() {
            let parts: Vec<String> = idle
                .iter()
                .map(|(word, count)| format!("{word} {}", grouped(*count)))
                .collect();
            writeln!(out, "\nkeywords accepted that change nothing (with rules)")?;
            wrapped(&parts.join(", "), 2, out)?;
        }
        let notes = &self.loaded.notes;
        if notes.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nnotes: {}", grouped(notes.len()))?;
        let most = if self.all { notes.len() } else { FEW };
        for note in notes.iter().take(most) {
            if note.origin.line > 0 {
                let file = self.name(&note.origin.file, 60);
                writeln!(out, "{file}:{}", note.origin.line)?;
            }
            wrapped(&note.what, 4, out)?;
        }
        if notes.len() > most {
            writeln!(out, "and {} more: --all", grouped(notes.len() - most))?;
        }
        Ok(())
    }

    /// A file's name below the folder that all files share.
    fn name(&self, path: &Path, columns: usize) -> String {
        let below = path.strip_prefix(&self.shared).unwrap_or(path);
        tail(&below.to_string_lossy(), columns)
    }

    /// File, line, column and sid.
    fn place(&self, refusal: &Refusal) -> String {
        let file = self.name(&refusal.file, 45);
        let sid = refusal
            .sid
            .map_or_else(String::new, |sid| format!(", sid {sid}"));
        if refusal.line == 0 {
            return file;
        }
        format!("{file}:{}:{}{sid}", refusal.line, refusal.column)
    }
}

/// The folder that all files share.
fn shared(loaded: &Loaded) -> PathBuf {
    let mut folders = loaded.files.iter().filter_map(|file| file.file.parent());
    let Some(first) = folders.next() else {
        return PathBuf::new();
    };
    folders.fold(first.to_owned(), |shared, folder| {
        let both = shared.components().zip(folder.components());
        both.take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    })
}

//! `jaga alerts list`: two lines an alert, or its event as JSON.

use super::{Ended, cut, each, folder, language, moment, severity, triage};
use crate::cli::exit::tell;
use crate::cli::output::Output;
use crate::cli::{Exit, WIDTH};
use crate::desk::detect::Language;
use crate::desk::outputs::time::Seconds;
use crate::desk::triage::{Kept, Rule, Triage};
use crate::facts::{Host, Time};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::json;
use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  jaga alerts list /var/lib/jaga                  the last hundred, newest last
  jaga alerts list /var/lib/jaga --since 24h --severity 2 --status new
  jaga alerts list /var/lib/jaga --host PLC-10 --language id
  jaga alerts list /var/lib/jaga --last 0 --json | jq .alert.signature";

const AFTER: &str = "\
Each alert has its number, when it happened (UTC), its severity, what became of
it (new, acked, muted) and what it is called; below, who acted on whom, and the
rule. Exit code 3 where some of what is kept is damaged.";

pub(super) fn command() -> Command {
    let mine = [
        Arg::new("since")
            .long("since")
            .value_name("TIME")
            .value_parser(moment)
            .help("From this time on: 24h, 7d, 2026-11-23, 2026-11-23T14:30 (UTC)"),
        Arg::new("until")
            .long("until")
            .value_name("TIME")
            .value_parser(moment)
            .help("Before this time"),
        Arg::new("severity")
            .long("severity")
            .value_name("N")
            .value_parser(value_parser!(u8).range(1..=4))
            .help("At least so grave: 1 high, 2 medium, 3 low, 4 information"),
        Arg::new("host")
            .long("host")
            .value_name("HOST")
            .help("About this IP or MAC address, or a name that holds this text"),
        Arg::new("sid")
            .long("sid")
            .value_name("SID")
            .value_parser(value_parser!(Rule))
            .help("Of this rule or detector: its number, or GID:SID"),
        Arg::new("status")
            .long("status")
            .value_name("STATUS")
            .value_parser(["new", "acked", "muted"])
            .help("Only those that are new, acked or muted"),
        Arg::new("last")
            .long("last")
            .short('n')
            .value_name("N")
            .default_value("100")
            .value_parser(value_parser!(usize))
            .help("The newest N of them; 0 for all"),
        Arg::new("json")
            .long("json")
            .action(ArgAction::SetTrue)
            .help("Their events, one a line, each with what became of it under `triage`"),
    ];
    Command::new("list")
        .about("List alerts, the newest last")
        .before_help(EXAMPLES)
        .after_help(AFTER)
        .arg(folder())
        .args(mine)
        .arg(language())
}

/// What is looked for.
struct Filter<'a> {
    since: Option<Time>,
    until: Option<Time>,
    severity: u8,
    host: Option<&'a str>,
    rule: Option<Rule>,
    status: Option<&'a str>,
}

impl<'a> Filter<'a> {
    fn of(arguments: &'a ArgMatches) -> Self {
        let text = |name| arguments.get_one::<String>(name).map(String::as_str);
        Self {
            since: arguments.get_one("since").copied(),
            until: arguments.get_one("until").copied(),
            severity: arguments.get_one("severity").copied().unwrap_or(4),
            host: text("host"),
            rule: arguments.get_one("sid").copied(),
            status: text("status"),
        }
    }

    fn wants(&self, kept: &Kept, triage: &Triage) -> bool {
        self.since.is_none_or(|since| kept.time >= since)
            && self.until.is_none_or(|until| kept.time < until)
            && kept.severity <= self.severity
            && self.rule.is_none_or(|rule| kept.rule() == rule)
            && self.status.is_none_or(|only| only == status(kept, triage))
            && self.host.is_none_or(|host| is_about(kept, host))
    }
}

/// Whether an alert is about a host of this address, or of a name with this in it.
fn is_about(kept: &Kept, host: &str) -> bool {
    let address: Option<Host> = host.parse().ok();
    kept.ends().iter().any(|end| match address {
        Some(_) => end.host == address,
        None => end.name.to_lowercase().contains(&host.to_lowercase()),
    })
}

/// What became of an alert.
pub(super) fn status(kept: &Kept, triage: &Triage) -> &'static str {
    if triage.acked(kept.id()).is_some() {
        "acked"
    } else if kept.muted {
        "muted"
    } else {
        "new"
    }
}

pub(super) fn list(folder: &Path, arguments: &ArgMatches, out: &mut Output) -> Result<Exit, Ended> {
    let (triage, wrong) = triage(folder)?;
    let filter = Filter::of(arguments);
    let form = Form {
        json: arguments.get_flag("json"),
        language: arguments.get_one("language").copied().unwrap_or_default(),
    };
    let last: usize = arguments.get_one("last").copied().unwrap_or(0);
    let mut newest = VecDeque::new();
    let mut all = 0_u64;
    let damaged = each(folder, &mut |kept| {
        if !filter.wants(&kept, &triage) {
            return Ok(());
        }
        all += 1;
        if last == 0 {
            return form.write(kept, &triage, out);
        }
        if newest.len() == last {
            newest.pop_front();
        }
        newest.push_back(kept);
        Ok(())
    })?;
    let before = all.saturating_sub(newest.len() as u64);
    for kept in newest {
        form.write(kept, &triage, out)?;
    }
    out.flush()?;
    if last > 0 && before > 0 {
        tell(
            format_args!("{before} older ones are not shown"),
            "--last 0 shows all",
        );
    }
    if damaged {
        let hint = "`jaga spool status` tells where";
        tell("some of what is kept is damaged", hint);
    }
    for wrong in &wrong {
        tell(wrong, "");
    }
    Ok(match damaged || !wrong.is_empty() {
        true => Exit::Damaged,
        false => Exit::Done,
    })
}

/// How alerts are written.
struct Form {
    json: bool,
    language: Language,
}

impl Form {
    fn write(&self, kept: Kept, triage: &Triage, out: &mut Output) -> io::Result<()> {
        let status = status(&kept, triage);
        if self.json {
            return json(kept, triage, out);
        }
        let Kept { number, time, .. } = &kept;
        let head = format!(
            "{number:>7}  {}  {:<4}  {status:<5}  ",
            Seconds(*time),
            severity(kept.severity)
        );
        let title = cut(kept.title(self.language), WIDTH.saturating_sub(head.len()));
        writeln!(out, "{head}{title}")?;
        let [source, destination] = kept.ends();
        let rule = format!("  {}", kept.rule());
        let ends = format!("{source} -> {destination}");
        let ends = cut(&ends, WIDTH.saturating_sub(9 + rule.len()));
        writeln!(out, "         {ends}{rule}")
    }
}

/// Writes the event of an alert, with what became of it.
pub(super) fn json(mut kept: Kept, triage: &Triage, out: &mut Output) -> io::Result<()> {
    let status = status(&kept, triage);
    let ack = triage.acked(kept.id());
    let told = match ack {
        Some(ack) => json!({ "number": kept.number, "status": status, "ack": ack }),
        None => json!({ "number": kept.number, "status": status }),
    };
    if let Some(event) = kept.event.as_object_mut() {
        event.insert("triage".to_owned(), told);
    }
    serde_json::to_writer(&mut *out, &kept.event)?;
    writeln!(out)
}

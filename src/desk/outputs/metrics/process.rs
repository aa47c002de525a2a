//! What the sensor's process takes of the machine, as the system counts it.
//!
//! Read on the endpoint's thread when somebody asks for the metrics. What cannot be read is left
//! out: a metric that is not there is better than a wrong one.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// What the process takes now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Process {
    /// Time that processors worked for it.
    pub(super) busy: Option<Duration>,
    /// The same of the threads that packets wait for, by name.
    pub(super) threads: BTreeMap<String, Duration>,
    /// Octets of memory: in RAM, and as addresses.
    pub(super) memory: Option<(u64, u64)>,
    /// Files and sockets that are open, and how many may be.
    pub(super) files: Option<(u64, u64)>,
    /// Threads.
    pub(super) tasks: Option<u64>,
}

impl Process {
    /// Of this process.
    pub(super) fn now() -> Self {
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let stat = Stat::of(&stat);
        let open = fs::read_dir("/proc/self/fd").map(Iterator::count).ok();
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        // One of the open ones is that of the folder being read.
        let open = open.map(|open| open.saturating_sub(1) as u64);
        Self {
            busy: stat.as_ref().map(|stat| stat.busy),
            threads: threads(),
            memory: stat.as_ref().map(|stat| (stat.resident, stat.addresses)),
            files: open.zip(most(&limits)),
            tasks: stat.as_ref().map(|stat| stat.threads),
        }
    }
}

/// What packets wait for: the reader, the workers and the desk, which is the first thread. Others
/// come and go, and a sum over those that are there would fall.
fn threads() -> BTreeMap<String, Duration> {
    let mut busy: BTreeMap<String, Duration> = BTreeMap::new();
    let first = std::process::id().to_string();
    for task in fs::read_dir("/proc/self/task").into_iter().flatten() {
        let Ok(task) = task else {
            continue;
        };
        let text = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        let Some(stat) = Stat::of(&text) else {
            continue;
        };
        let name = match stat.name {
            _ if task.file_name().to_str() == Some(&first) => "desk",
            name if name == "reader" || name.starts_with("worker-") => name,
            _ => continue,
        };
        *busy.entry(name.to_owned()).or_default() += stat.busy;
    }
    busy
}

/// A line of `proc(5)`, `/proc/PID/stat`.
struct Stat<'a> {
    name: &'a str,
    busy: Duration,
    threads: u64,
    addresses: u64,
    resident: u64,
}

impl<'a> Stat<'a> {
    fn of(text: &'a str) -> Option<Self> {
        // The name may hold any octet, brackets too; the last one ends it.
        let (head, rest) = text.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        let rest: Vec<&str> = rest.split_ascii_whitespace().collect();
        // Counted from 1 in the manual, where the first of these is the third.
        let field = |number: usize| rest.get(number - 3)?.parse::<u64>().ok();
        let ticks = field(14)?.saturating_add(field(15)?);
        let page = rustix::param::page_size() as u64;
        Some(Self {
            name,
            busy: Duration::from_secs(ticks)
                .checked_div(u32::try_from(rustix::param::clock_ticks_per_second()).ok()?)?,
            threads: field(20)?,
            addresses: field(23)?,
            resident: field(24)?.saturating_mul(page),
        })
    }
}

/// How many files may be open, by `/proc/PID/limits`.
fn most(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_counts_what_this_process_takes() {
        let before = Process::now();
        let (resident, addresses) = before.memory.unwrap();
        assert!(resident > 1 << 20 && addresses > resident, "{before:?}");
        let file = fs::File::open("/proc/self/stat").unwrap();
        let mut sum = 0_u64;
        let began = std::time::Instant::now();
        while began.elapsed() < Duration::from_millis(300) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let after = Process::now();
        assert!(after.busy.unwrap() > before.busy.unwrap(), "{sum}");
        assert!(after.files.unwrap().0 > 0 && after.files.unwrap().1 > 3);
        assert!(after.tasks.unwrap() >= 1);
        assert!(after.threads.contains_key("desk"), "{after:?}");
        drop(file);
    }

    #[test]
    fn a_name_may_look_like_the_end_of_a_name() {
        let line = "7 (a) R (b) S 1 2 3 4 5 6 7 8 9 10 150 50 13 14 15 16 3 18 19 4096 2 99";
        let stat = Stat::of(line).unwrap();
        let ticks = rustix::param::clock_ticks_per_second();
        assert_eq!((stat.name, stat.threads), ("a) R (b", 3));
        assert_eq!(stat.addresses, 4096);
        assert_eq!(stat.resident, 2 * rustix::param::page_size() as u64);
        assert_eq!(stat.busy.as_millis(), u128::from(200 * 1000 / ticks));
        assert!(Stat::of("7 (a) S 1").is_none() && Stat::of("").is_none());
        assert_eq!(
            most("Limit\nMax open files   1024   4096   files\n"),
            Some(1024)
        );
    }
}

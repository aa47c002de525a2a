//! What nobody else may read, taken out of settings and text.

use toml::{Table, Value};

/// What stands for a secret.
const MASK: &str = "***";

/// Words in the names of what is secret.
const SECRET: [&str; 7] = [
    "secret",
    "passw",
    "token",
    "communit",
    "credential",
    "private",
    "apikey",
];

/// Settings as `jaga check --show` prints them, without secrets: values whose name says that they
/// are one, and names and passwords in addresses.
pub(super) fn settings(shown: &str) -> String {
    let lines = shown.lines().map(line);
    lines.collect::<Vec<String>>().join("\n") + "\n"
}

fn line(line: &str) -> String {
    let parsed = line.parse::<Table>().ok();
    let Some(table) = parsed.filter(|table| table.len() == 1 && !line.starts_with('[')) else {
        return text(line);
    };
    let origin = line.rsplit_once("  # ").map_or("", |(_, origin)| origin);
    let entries = table.into_iter();
    let lines =
        entries.map(|(name, value)| format!("{name} = {}  # {origin}", masked(&name, value)));
    lines.collect()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_key = name == "key" || name.ends_with("-key") || name.ends_with("_key");
    is_key || SECRET.iter().any(|word| name.contains(word))
}

fn masked(name: &str, value: Value) -> Value {
    match value {
        Value::String(_) if is_secret(name) => Value::String(MASK.to_owned()),
        Value::String(said) => Value::String(text(&said)),
        Value::Array(all) => Value::Array(all.into_iter().map(|one| masked(name, one)).collect()),
        Value::Table(table) => {
            let entries = table.into_iter();
            let entries = entries.map(|(name, value)| {
                let value = masked(&name, value);
                (name, value)
            });
            Value::Table(entries.collect())
        }
        other => other,
    }
}

/// Text without names and passwords in addresses: what stands between `://` and an `@`.
pub(super) fn text(said: &str) -> String {
    let mut masked = String::new();
    let mut rest = said;
    while let Some((before, behind)) = rest.split_once("://") {
        masked.push_str(before);
        masked.push_str("://");
        rest = behind;
        let end = |c: char| c.is_whitespace() || "/?#\"'".contains(c);
        let place = behind.split(end).next().unwrap_or_default();
        if let Some((who, _)) = place.rsplit_once('@') {
            masked.push_str(MASK);
            rest = behind.get(who.len()..).unwrap_or_default();
        }
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_nothing_else() {
        let shown = "\
[rules]
variables = { HOME_NET = \"10.0.0.0/8\", PLANT_PASSWORD = \"hunter2\" }  # a.toml
# cache is not set

[syslog]
collectors = [\"tcp://ann:hunter2@siem:601\", \"udp://siem:514\"]  # a.toml
key = \"/etc/jaga/hunter2.pem\"  # command line
show-secrets = false  # default
site = \"mail@plant\"  # a.toml";
        let told = settings(shown);
        assert!(!told.contains("hunter2") && !told.contains("ann"), "{told}");
        for kept in [
            "HOME_NET = \"10.0.0.0/8\"",
            "PLANT_PASSWORD = \"***\"",
            "\"tcp://***@siem:601\", \"udp://siem:514\"",
            "key = \"***\"  # command line",
            "show-secrets = false  # default",
            "site = \"mail@plant\"  # a.toml",
            "[rules]\n",
            "# cache is not set\n",
        ] {
            assert!(told.contains(kept), "{kept}: {told}");
        }
        assert_eq!(text("at tcp://a:b@c@h/x @ y"), "at tcp://***@h/x @ y");
        assert_eq!(text("http://h/a@b"), "http://h/a@b");
    }
}

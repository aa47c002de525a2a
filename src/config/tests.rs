//! Files are read, merged and refused as is promised.

use super::*;
use std::fs;
use tempfile::TempDir;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("conf.d")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn read(files: &[(&str, &str)]) -> (TempDir, Result<Layers, Error>) {
    let folder = folder(files);
    let layers = Layers::read(&folder.path().join("jaga.toml"));
    (folder, layers)
}

/// Every key set to its example.
fn every_key() -> String {
    let mut text = String::new();
    let mut within = "";
    for key in KEYS {
        if key.table() != within {
            within = key.table();
            text.push_str(&format!("[{within}]\n"));
        }
        text.push_str(&format!("{} = {}\n", key.name(), key.example));
    }
    text
}

#[test]
fn every_key_is_known_and_shown_as_it_was_said() {
    let (_folder, layers) = read(&[("jaga.toml", &every_key())]);
    let layers = layers.unwrap();
    let settings = layers.settings().unwrap();
    let shown = show(&settings, &layers);
    assert_eq!(toml::from_str::<Settings>(&shown).unwrap(), settings);
    assert!(
        !shown.contains("# default") && !shown.contains("is not set"),
        "{shown}"
    );
    // An example shows something else than the default, and keys are where the list says.
    for (key, default) in defaults() {
        let example: toml::Value = toml::from_str::<toml::Table>(&format!("x = {}", key.example))
            .unwrap()
            .remove("x")
            .unwrap();
        assert_ne!(Some(example.to_string()), default, "{}", key.path);
        assert!(layers.origin(key).is_some(), "{}", key.path);
    }
    let keys = |table: &toml::Table| -> usize {
        let variables = |(name, value): (&String, &toml::Value)| match value {
            toml::Value::Table(inner) if name != "variables" => inner.len(),
            _ => 1,
        };
        table.iter().map(variables).sum()
    };
    assert_eq!(keys(&toml::Table::try_from(&settings).unwrap()), KEYS.len());
}

#[test]
fn defaults_are_shown_as_settings_that_are_the_defaults() {
    let layers = Layers::default();
    let settings = layers.settings().unwrap();
    assert_eq!(settings, Settings::default());
    let shown = show(&settings, &layers);
    assert_eq!(toml::from_str::<Settings>(&shown).unwrap(), settings);
    assert!(shown.contains("size = \"1GiB\"  # default"), "{shown}");
    assert!(shown.contains("# folder is not set"), "{shown}");
}

#[test]
fn tables_are_merged_and_lists_replaced_in_the_order_of_names() {
    let (folder, layers) = read(&[
        (
            "jaga.toml",
            "site = \"a\"\n[rules]\npaths = [\"one\", \"two\"]\nvariables = { A = \"1\", B = \"1\" }\n\
             [state]\nsize = \"1GiB\"",
        ),
        (
            "conf.d/20.toml",
            "[rules]\nvariables = { B = \"3\", C = \"3\" }",
        ),
        (
            "conf.d/10.toml",
            "site = \"b\"\n[rules]\npaths = [\"three\"]\nvariables.B = \"2\"\n[state]\nage = \"2h\"",
        ),
        ("conf.d/.hidden.toml", "site = 1"),
        ("conf.d/notes.txt", "site = 1"),
    ]);
    let mut layers = layers.unwrap();
    let names: Vec<_> = layers
        .files()
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, ["jaga.toml", "10.toml", "20.toml"]);
    let settings = layers.settings().unwrap();
    assert_eq!(settings.site.as_deref(), Some("b"));
    // Paths are those from the folder of their file.
    assert_eq!(settings.rules.paths, [folder.path().join("conf.d/three")]);
    let variables = settings.rules.variables.iter();
    let variables: Vec<_> = variables
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(variables, ["A=1", "B=3", "C=3"]);
    assert_eq!(settings.state.size.octets(), 1 << 30);
    assert_eq!(settings.state.age.duration().as_secs(), 7_200);
    let key = |path| KEYS.iter().find(|key| key.path == path).unwrap();
    assert!(
        layers
            .origin(key("site"))
            .unwrap()
            .ends_with("conf.d/10.toml")
    );
    // The command line stands over all.
    layers.lay(toml::from_str("site = \"c\"").unwrap(), "command line");
    assert_eq!(layers.settings().unwrap().site.as_deref(), Some("c"));
    assert_eq!(layers.origin(key("site")), Some("command line"));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_how_to_mend_it() {
    for (text, place, what, hint) in [
        (
            "[capture]\ninterface = [\"a\"]",
            (2, 1),
            "there is no key `interface`",
            "`interfaces`?",
        ),
        (
            "\n interfaces = [\"a\"]",
            (2, 2),
            "there is no key `interfaces`",
            "under [capture]",
        ),
        (
            "[capture]\nsite = \"a\"",
            (2, 1),
            "there is no key `site`",
            "above the first [table]",
        ),
        (
            "[captur]\n",
            (1, 2),
            "there is no key `captur`",
            "`capture`?",
        ),
        (
            "zebra = 1",
            (1, 1),
            "there is no key `zebra`",
            "docs/configuration.md",
        ),
        (
            "site = 3",
            (1, 8),
            "invalid type: integer `3`",
            "as site = \"north-plant\"",
        ),
        (
            "[capture]\nworkers = 65",
            (2, 11),
            "65 is not between 1 and 64",
            "workers = 2",
        ),
        (
            "[capture]\ninterfaces = \"a\"",
            (2, 14),
            "invalid type: string",
            "[\"span0\"]",
        ),
        (
            "[state]\nsize = \"1GB\"",
            (2, 8),
            "a size is a number and KiB",
            "\"4GiB\"",
        ),
        (
            "[state]\nsize = \"2TiB\"",
            (2, 8),
            "2TiB is not between",
            "",
        ),
        (
            "[state]\nage = \"90\"",
            (2, 7),
            "an age is a number and m, h or d",
            "\"30d\"",
        ),
        (
            "[syslog]\ncollectors = [\"siem:514\"]",
            (2, 14),
            "udp://HOST:PORT",
            "tls://",
        ),
        (
            "[syslog]\nformat = \"leef\"",
            (2, 10),
            "unknown variant `leef`",
            "eve, cef or text",
        ),
        (
            "[capture]\nfilter = \"tcp porte 502\"",
            (2, 10),
            "column 5: \"porte\" stands here where \"and\" or \"or\" is needed",
            "not host",
        ),
        (
            "[metrics]\nlisten = \"9474\"",
            (2, 10),
            "invalid socket address",
            "127.0.0.1:9474",
        ),
        (
            "[detectors]\nlearn = \"soon\"",
            (2, 9),
            "no duration",
            "\"7d\"",
        ),
        ("[detectors]\nlanguage = \"fr\"", (2, 12), "en and id", ""),
        (
            "[rules]\nfail-on = \"grave\"",
            (2, 11),
            "unknown variant `grave`",
            "high, medium",
        ),
        ("a = 1\na = 2", (2, 1), "duplicate key", ""),
        ("site = \"a\nb\"", (2, 3), "expected `=`", ""),
    ] {
        let (_folder, layers) = read(&[("jaga.toml", text)]);
        let error = layers.unwrap_err();
        assert_eq!(error.place, Some(place), "{text}: {error}");
        assert!(error.what.contains(what), "{text}: {error}");
        assert!(error.hint.contains(hint), "{text}: {}", error.hint);
    }
}

#[test]
fn a_mistake_in_a_drop_in_is_told_with_its_file() {
    let (folder, layers) = read(&[("jaga.toml", ""), ("conf.d/50.toml", "\nsites = 1")]);
    let error = layers.unwrap_err().to_string();
    let file = folder.path().join("conf.d/50.toml");
    assert!(
        error.starts_with(&format!("{}:2:1: ", file.display())),
        "{error}"
    );
}

#[test]
fn what_is_no_text_is_refused() {
    let folder = folder(&[]);
    let path = folder.path().join("jaga.toml");
    fs::write(&path, b"site = \"a\"\n# \xff").unwrap();
    let error = Layers::read(&path).unwrap_err();
    assert_eq!(error.place, Some((2, 3)), "{error}");
    fs::write(&path, vec![b'#'; 2 << 20]).unwrap();
    assert!(
        Layers::read(&path)
            .unwrap_err()
            .what
            .contains("no configuration")
    );
    fs::remove_file(&path).unwrap();
    assert!(
        Layers::read(&path)
            .unwrap_err()
            .what
            .contains("cannot be read")
    );
}

proptest::proptest! {
    #[test]
    fn nothing_in_a_file_ends_the_program(text in "[a-z=\\[\\]{}\".#\n 0-9,-]{0,80}") {
        let (_folder, layers) = read(&[("jaga.toml", &text)]);
        if let Err(error) = layers {
            proptest::prop_assert!(error.to_string().contains("jaga.toml"));
        }
    }
}

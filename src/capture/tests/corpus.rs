//! All captures of the development data, against the number of packets their catalogue names.

use crate::capture::{Captures, Config};
use std::path::{Path, PathBuf};

fn data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = root.ancestors().map(|folder| folder.join("shared/data"));
    let found = data.into_iter().find(|data| data.join("captures").is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: the development data (../shared/data/captures) is not there");
    }
    found
}

#[test]
fn every_capture_gives_the_frames_its_catalogue_names() {
    let Some(data) = data() else { return };
    let catalogue = std::fs::read_to_string(data.join("catalogue.tsv")).unwrap();
    let mut wrong = Vec::new();
    let (mut captures, mut zipped) = (0, 0);
    for line in catalogue.lines().skip(1) {
        let mut cells = line.split('\t');
        let name = cells.next().unwrap();
        let expected: usize = cells.nth(1).unwrap().parse().unwrap();
        let path = data.join("captures").join(name);
        if !path.exists() {
            // A few lie in ZIP archives until `unpack.sh` was run.
            zipped += 1;
            continue;
        }
        captures += 1;
        let mut capture = Captures::open(&[path], Config::default()).unwrap();
        let mut found = 0;
        while capture.next().is_some() {
            found += 1;
        }
        let damage = capture.damages().next();
        if found != expected || damage.is_some() {
            wrong.push(format!("{name}: {found} of {expected}, {damage:?}"));
        }
    }
    eprintln!("{captures} captures read, {zipped} not there");
    assert!(captures > 1000, "{captures} captures");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_whole_folder_is_read_at_once_in_order_of_time() {
    let Some(data) = data() else { return };
    let folder = data.join("captures/icsnpp");
    let mut captures = Captures::open(&[folder], Config::default()).unwrap();
    let mut frames = 0;
    let mut clock = captures.clock();
    while captures.next().is_some() {
        frames += 1;
        assert!(captures.clock() >= clock);
        clock = captures.clock();
    }
    assert!(captures.sources().len() > 50);
    assert_eq!(
        captures.sources().map(|source| source.frames).sum::<u64>(),
        frames
    );
}

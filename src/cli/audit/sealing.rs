//! `--seal FILE`, `--sign KEYFILE`: the hashes of all that an audit read and wrote, in one file,
//! and a signature over it.
//!
//! Keys and places are looked at before hours of reading; the seal is written last, and only
//! where all that it names is whole.

use super::Files;
use crate::cli::output::{Output, Outputs};
use crate::cli::{Exit, Failure};
use crate::desk::audit::{Seal, Sealed, Signer, signature_of};
use clap::{Arg, ArgMatches, value_parser};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What can be sealed.
const OUTPUTS: [&str; 6] = ["output", "pdf", "json", "csv", "capsules", "programs"];

/// The options.
pub(super) fn options() -> [Arg; 2] {
    let seal = Arg::new("seal")
        .long("seal")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("Write the hashes of all that was read and written to FILE")
        .long_help(
            "Write the SHA-256 of every file that was read and of every one that was written to \
             FILE, as JSON. It belongs into the folder of what was written or one above it. \
             `jaga verify FILE` tells of each file that was changed or taken away since.",
        );
    let sign = Arg::new("sign")
        .long("sign")
        .value_name("KEYFILE")
        .value_parser(value_parser!(PathBuf))
        .requires("seal")
        .help("Sign the seal with the Ed25519 key in KEYFILE")
        .long_help(
            "Sign the seal with the Ed25519 key in KEYFILE: PKCS#8 as `openssl genpkey -algorithm \
             ed25519` writes it, or the 32 octets of its seed. The signature of 64 octets lies \
             beside the seal, with .sig behind its name; `jaga verify FILE --key PUBLICKEY` \
             checks it.",
        );
    [seal, sign]
}

/// A seal to be written.
pub(super) struct Sealing {
    /// Its folder, without links and dots.
    folder: PathBuf,
    output: Output,
    signature: Option<(Output, Signer)>,
    /// Files and folders whose files are sealed.
    places: Vec<PathBuf>,
}

impl Sealing {
    /// Takes the places of the seal and its signature, and reads the key.
    pub(super) fn open(
        arguments: &ArgMatches,
        outputs: &mut Outputs,
    ) -> Result<Option<Self>, Failure> {
        let Some(path) = arguments.get_one::<PathBuf>("seal") else {
            return Ok(None);
        };
        let key = arguments.get_one::<PathBuf>("sign");
        let signer = key.map(|key| {
            outputs.spare(std::slice::from_ref(key));
            Signer::read(key).map_err(|error| {
                let what = format!("--sign: {}: {error}", key.display());
                let hint = "`openssl genpkey -algorithm ed25519 -out key.pem` makes one";
                Failure::new(Exit::Usage, what).hint(hint)
            })
        });
        let signer = signer.transpose()?;
        let folder = canonical(path)?;
        let places = OUTPUTS
            .iter()
            .filter_map(|name| arguments.get_one::<PathBuf>(name));
        let places: Vec<PathBuf> = places.cloned().collect();
        for place in &places {
            if !canonical(place)?.starts_with(&folder) || place.as_os_str() == "-" {
                let what = format!("--seal: {} lies outside of its folder", place.display());
                let hint = "write the seal into the folder of the report, or one above it";
                return Err(Failure::new(Exit::Usage, what).hint(hint));
            }
        }
        let output = outputs.open(path)?;
        let signature = match signer {
            Some(signer) => Some((outputs.open(&signature_of(path))?, signer)),
            None => None,
        };
        Ok(Some(Self {
            folder,
            output,
            signature,
            places,
        }))
    }

    /// Hashes what was written, and writes the seal: the signature last.
    pub(super) fn write(mut self, files: &Files) -> Result<(), Failure> {
        let mut outputs = Vec::new();
        for place in &self.places {
            for file in files_of(place).map_err(|error| self.output.failed(&error))? {
                let sealed = self.sealed(&file);
                outputs.push(sealed.map_err(|error| self.output.failed(&error))?);
            }
        }
        outputs.sort_by(|one, other| one.name.cmp(&other.name));
        let seal = Seal::new(files.captures.sealed(), files.settings.sealed(), outputs);
        let octets = seal.octets();
        let written = self.output.write_all(&octets);
        written.map_err(|error| self.output.failed(&error))?;
        self.output.finish(true)?;
        if let Some((mut output, signer)) = self.signature {
            let written = output.write_all(&signer.sign(&octets));
            written.map_err(|error| output.failed(&error))?;
            output.finish(true)?;
        }
        Ok(())
    }

    /// The hash of a file, by its path from the folder of the seal.
    fn sealed(&self, file: &Path) -> std::io::Result<Sealed> {
        let whole = fs::canonicalize(file)?;
        let name = whole.strip_prefix(&self.folder).unwrap_or(&whole);
        Ok(Sealed {
            name: name.to_string_lossy().into_owned(),
            ..Sealed::of(file, &mut |_| false)?
        })
    }
}

/// The folder of a file, without links and dots.
fn canonical(path: &Path) -> Result<PathBuf, Failure> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::canonicalize(folder).map_err(|error| {
        let what = format!("{}: {error}", folder.display());
        Failure::new(Exit::Usage, what).hint("name a folder that is there")
    })
}

/// A file, or the files of a folder that was made for this run.
fn files_of(place: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !place.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let entries = fs::read_dir(place)?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

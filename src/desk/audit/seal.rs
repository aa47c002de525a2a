//! The seal of an audit: which octets it read and which it wrote, and on request a signature.
//!
//! A seal is a small JSON with SHA-256 hashes; its signature (Ed25519, RFC 8032) is a file of 64
//! octets beside it, over the octets of the seal as they lie there, so that `openssl pkeyutl
//! -verify -rawin` checks it too. Keys are those that openssl writes. Written by `jaga audit
//! --seal`, held against its files by `jaga verify`.

use super::Sealed;
pub use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use thiserror::Error;

/// How seals begin: what tells one from other JSON without reading all of it.
const BEGINS: &[u8] = b"{\n  \"jaga_seal\": ";

/// The form of the seal.
const FORM: u32 = 1;

/// Most octets of a seal: one of some hundred thousand files.
const LONGEST: u64 = 64 << 20;

/// Most octets of a key file; those that openssl writes have some hundred.
const KEY: u64 = 16 << 10;

/// What stands behind the name of a seal in that of its signature.
const SUFFIX: &str = ".sig";

/// What an audit read and wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    jaga_seal: u32,
    /// The version of Jaga.
    pub version: String,
    /// The captures that were read.
    pub captures: Vec<Sealed>,
    /// Files with rules, variables, thresholds and the baseline.
    pub settings: Vec<Sealed>,
    /// The files that were written, by their path from the folder of the seal.
    pub outputs: Vec<Sealed>,
}

/// What is wrong with a seal, its files, its signature or a key.
#[derive(Debug, Error)]
pub enum Broken {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It has not the form of a seal.
    #[error("is no seal that this version reads: {0}")]
    Form(String),
    /// Names of files lead out of the seal's folder.
    #[error("names a file in another folder: {0}")]
    Elsewhere(String),
    /// A file that it names was changed.
    #[error("{0} is not what was sealed: it was changed")]
    Changed(String),
    /// A file that it names is gone.
    #[error("{0} is not there, and was sealed")]
    Gone(String),
    /// There is no signature.
    #[error("is not signed: there is no {0}")]
    Unsigned(String),
    /// The signature is not by this key over these octets.
    #[error("was not signed with this key, or was changed since")]
    Forged,
    /// A key file holds no key.
    #[error("holds no Ed25519 key of this kind")]
    NoKey,
}

/// What became of a seal that was held against its files.
#[derive(Debug)]
pub struct Held {
    /// The seal.
    pub seal: Seal,
    /// A signature lies beside it.
    pub signed: bool,
    /// Everything that is not as it was sealed.
    pub broken: Vec<Broken>,
    /// Files that were read and are as they were.
    pub found: usize,
    /// Files that were read and are not here.
    pub absent: usize,
}

impl Seal {
    /// The seal of what was read and written.
    #[must_use]
    pub fn new(captures: Vec<Sealed>, settings: Vec<Sealed>, outputs: Vec<Sealed>) -> Self {
        Self {
            jaga_seal: FORM,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            captures,
            settings,
            outputs,
        }
    }

    /// Whether a file begins like a seal.
    #[must_use]
    pub fn is_one(path: &Path) -> bool {
        let mut begins = Vec::new();
        let file = fs::File::open(path);
        let read = file.and_then(|file| file.take(BEGINS.len() as u64).read_to_end(&mut begins));
        read.is_ok() && begins == BEGINS
    }

    /// Its octets as they are written and signed.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let mut octets = serde_json::to_vec_pretty(self).unwrap_or_default();
        octets.push(b'\n');
        octets
    }

    /// Reads a seal, holds its signature against a key where one is given, and then its files
    /// against their hashes: those that were written below its folder, those that were read where
    /// they are found in one of the folders `inputs`.
    ///
    /// # Errors
    /// The seal itself is none, or not what was signed.
    pub fn verify(
        path: &Path,
        key: Option<&VerifyingKey>,
        inputs: &[&Path],
    ) -> Result<Held, Broken> {
        let octets = limited(path, LONGEST)?;
        let beside = signature_of(path);
        if let Some(key) = key {
            if !beside.is_file() {
                let name = beside.file_name().unwrap_or(beside.as_os_str());
                return Err(Broken::Unsigned(name.to_string_lossy().into_owned()));
            }
            let signature = limited(&beside, KEY)?;
            let signature = Signature::from_slice(&signature).map_err(|_| Broken::Forged)?;
            let checked = key.verify_strict(&octets, &signature);
            checked.map_err(|_| Broken::Forged)?;
        }
        let seal: Self =
            serde_json::from_slice(&octets).map_err(|error| Broken::Form(error.to_string()))?;
        if seal.jaga_seal != FORM {
            return Err(Broken::Form(format!("form {}", seal.jaga_seal)));
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let outputs = seal.outputs.iter();
        let mut broken: Vec<Broken> = outputs
            .filter_map(|output| Self::hold(folder, output).err())
            .collect();
        let (mut found, mut absent) = (0, 0);
        for input in seal.captures.iter().chain(&seal.settings) {
            let mut folders = inputs.iter();
            match folders.find(|folder| folder.join(&input.name).is_file()) {
                Some(folder) => match Self::hold(folder, input) {
                    Ok(()) => found += 1,
                    Err(changed) => broken.push(changed),
                },
                None => absent += 1,
            }
        }
        Ok(Held {
            seal,
            signed: beside.is_file(),
            broken,
            found,
            absent,
        })
    }

    /// Holds one file against its hash.
    fn hold(folder: &Path, output: &Sealed) -> Result<(), Broken> {
        let named = Path::new(&output.name);
        let mut parts = named.components();
        if !parts.all(|part| matches!(part, Component::Normal(_))) {
            return Err(Broken::Elsewhere(output.name.clone()));
        }
        let place = folder.join(named);
        if !place.is_file() {
            return Err(Broken::Gone(output.name.clone()));
        }
        let now = Sealed::of(&place, &mut |_| false)?;
        match (now.octets, &now.sha256) == (output.octets, &output.sha256) {
            true => Ok(()),
            false => Err(Broken::Changed(output.name.clone())),
        }
    }
}

/// Where the signature of a seal lies.
#[must_use]
pub fn signature_of(seal: &Path) -> PathBuf {
    let mut name = seal.as_os_str().to_owned();
    name.push(SUFFIX);
    name.into()
}

/// A key that signs.
#[derive(Debug)]
pub struct Signer(SigningKey);

impl Signer {
    /// Reads a private key: PKCS#8 as PEM or DER, or the seed's 32 octets.
    ///
    /// # Errors
    /// It cannot be read, or holds no such key.
    pub fn read(path: &Path) -> Result<Self, Broken> {
        let octets = limited(path, KEY)?;
        if let Ok(seed) = <[u8; 32]>::try_from(octets.as_slice()) {
            return Ok(Self(SigningKey::from_bytes(&seed)));
        }
        let text = std::str::from_utf8(&octets).ok();
        let pem = text.and_then(|text| SigningKey::from_pkcs8_pem(text).ok());
        let key = pem.or_else(|| SigningKey::from_pkcs8_der(&octets).ok());
        key.map(Self).ok_or(Broken::NoKey)
    }

    /// The signature over these octets.
    #[must_use]
    pub fn sign(&self, octets: &[u8]) -> [u8; 64] {
        self.0.sign(octets).to_bytes()
    }
}

/// Reads a public key: as PEM or DER, or its 32 octets.
///
/// # Errors
/// It cannot be read, or holds no such key.
pub fn public_key(path: &Path) -> Result<VerifyingKey, Broken> {
    let octets = limited(path, KEY)?;
    if let Ok(raw) = <[u8; 32]>::try_from(octets.as_slice()) {
        return VerifyingKey::from_bytes(&raw).map_err(|_| Broken::NoKey);
    }
    let text = std::str::from_utf8(&octets).ok();
    let pem = text.and_then(|text| VerifyingKey::from_public_key_pem(text).ok());
    let key = pem.or_else(|| VerifyingKey::from_public_key_der(&octets).ok());
    key.ok_or(Broken::NoKey)
}

/// The octets of a file, of which there are not too many.
fn limited(path: &Path, most: u64) -> Result<Vec<u8>, Broken> {
    let mut octets = Vec::new();
    fs::File::open(path)?
        .take(most + 1)
        .read_to_end(&mut octets)?;
    match octets.len() as u64 > most {
        true => Err(Broken::Form(format!("it has more than {most} octets"))),
        false => Ok(octets),
    }
}

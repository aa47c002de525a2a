//! The parts of a CSAF document that are used (OASIS CSAF 2.0, 2022-11-18, section 3.2).
//!
//! What is not named here is passed over; what must be there for a document to be judged is.

use serde::Deserialize;

/// A security advisory.
#[derive(Debug, Deserialize)]
pub(super) struct Csaf {
    pub(super) document: Document,
    #[serde(default)]
    pub(super) product_tree: Tree,
    #[serde(default)]
    pub(super) vulnerabilities: Vec<Vulnerability>,
}

/// What the document says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub(super) title: String,
    pub(super) publisher: Publisher,
    pub(super) tracking: Tracking,
}

#[derive(Debug, Deserialize)]
pub(super) struct Publisher {
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tracking {
    pub(super) id: String,
    /// `draft`, `interim` or `final`.
    pub(super) status: String,
    /// Version of the document.
    #[serde(default)]
    pub(super) version: String,
}

/// Products that the document speaks of.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Tree {
    #[serde(default)]
    pub(super) branches: Vec<Branch>,
    #[serde(default)]
    pub(super) full_product_names: Vec<FullName>,
    #[serde(default)]
    pub(super) relationships: Vec<Relationship>,
    #[serde(default)]
    pub(super) product_groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Branch {
    pub(super) category: String,
    pub(super) name: String,
    pub(super) product: Option<FullName>,
    #[serde(default)]
    pub(super) branches: Vec<Branch>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct FullName {
    pub(super) name: String,
    pub(super) product_id: String,
    #[serde(default)]
    pub(super) product_identification_helper: Helper,
}

/// What tells a product from others.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Helper {
    pub(super) cpe: Option<String>,
    #[serde(default)]
    pub(super) model_numbers: Vec<String>,
    #[serde(default)]
    pub(super) serial_numbers: Vec<String>,
    #[serde(default)]
    pub(super) skus: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Relationship {
    pub(super) category: String,
    pub(super) full_product_name: FullName,
    pub(super) product_reference: String,
    pub(super) relates_to_product_reference: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub(super) group_id: String,
    #[serde(default)]
    pub(super) product_ids: Vec<String>,
}

/// One vulnerability.
#[derive(Debug, Deserialize)]
pub(super) struct Vulnerability {
    pub(super) cve: Option<String>,
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) ids: Vec<Id>,
    #[serde(default)]
    pub(super) product_status: Status,
    #[serde(default)]
    pub(super) scores: Vec<Score>,
    #[serde(default)]
    pub(super) remediations: Vec<Remediation>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Id {
    pub(super) text: String,
}

/// Which products are in which state: their identifiers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) first_affected: Vec<String>,
    pub(super) first_fixed: Vec<String>,
    pub(super) fixed: Vec<String>,
    pub(super) known_affected: Vec<String>,
    pub(super) known_not_affected: Vec<String>,
    pub(super) last_affected: Vec<String>,
    pub(super) recommended: Vec<String>,
    pub(super) under_investigation: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Score {
    #[serde(default)]
    pub(super) products: Vec<String>,
    pub(super) cvss_v2: Option<Cvss>,
    pub(super) cvss_v3: Option<Cvss>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cvss {
    pub(super) base_score: f64,
    pub(super) vector_string: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Remediation {
    pub(super) category: String,
    pub(super) details: String,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) product_ids: Vec<String>,
    #[serde(default)]
    pub(super) group_ids: Vec<String>,
}

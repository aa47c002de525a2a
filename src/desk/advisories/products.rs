//! The products of an advisory: what its tree says of each, by the identifier that its
//! vulnerabilities use.

use super::document::{Branch, FullName, Helper, Tree};
use super::versions::Range;
use std::collections::HashMap;

/// A product as far as an advisory tells it from others.
#[derive(Clone, Debug, Default)]
pub(super) struct Product {
    /// Its whole name, as the advisory writes it.
    pub(super) title: String,
    /// Who makes it; empty where the tree does not say.
    pub(super) vendor: String,
    /// What it is called: its name, and what else its identification calls it.
    pub(super) names: Vec<String>,
    /// Patterns of order and model numbers.
    pub(super) numbers: Vec<String>,
    /// Patterns of serial numbers.
    pub(super) serials: Vec<String>,
    /// Which versions it is, as the advisory writes them, and as they are read.
    pub(super) versions: Option<(String, Range)>,
    /// What it must have besides, which no traffic shows.
    pub(super) conditions: Vec<String>,
}

/// The products of a tree by their identifiers.
pub(super) fn products(tree: Tree) -> HashMap<String, Product> {
    let mut found = HashMap::new();
    for branch in tree.branches {
        walk(branch, &Product::default(), &mut found);
    }
    for name in tree.full_product_names {
        let product = standing_alone(&name);
        found.insert(name.product_id, product);
    }
    // One may rest on another: as often as one rests on what is known, it is known too.
    let mut left = tree.relationships;
    loop {
        let before = left.len();
        left.retain(|relation| {
            let part = found.get(&relation.product_reference);
            let whole = found.get(&relation.relates_to_product_reference);
            let Some((part, whole)) = part.zip(whole) else {
                return true;
            };
            let product = joined(&relation.category, part, whole, &relation.full_product_name);
            let id = relation.full_product_name.product_id.clone();
            found.insert(id, product);
            false
        });
        if left.is_empty() || left.len() == before {
            return found;
        }
    }
}

/// Adds the products of a branch. The parser bounds how deep branches go.
fn walk(branch: Branch, above: &Product, found: &mut HashMap<String, Product>) {
    let mut here = above.clone();
    match branch.category.as_str() {
        "vendor" => here.vendor = branch.name,
        "product_family" => {}
        "product_name" => here.names.push(branch.name),
        "product_version" | "product_version_range" => {
            let range = Range::read(&branch.name);
            here.versions = Some((branch.name, range));
        }
        // Architecture, host name, language, legacy, patch level, service pack, specification.
        _ => here.conditions.push(branch.name),
    }
    if let Some(product) = branch.product {
        let mut leaf = here.clone();
        identify(&mut leaf, &product.product_identification_helper);
        leaf.title = product.name;
        found.insert(product.product_id, leaf);
    }
    for below in branch.branches {
        walk(below, &here, found);
    }
}

/// A product without a branch: its name says all there is, with the versions behind it.
fn standing_alone(name: &FullName) -> Product {
    let text = name.name.as_str();
    let versions = text.find(['<', '>', '=', '≤', '≥']);
    let versions = versions.or_else(|| text.to_lowercase().find("all versions"));
    let (title, versions) = match versions.and_then(|at| text.split_at_checked(at)) {
        Some((title, versions)) => {
            let range = Range::read(versions);
            (title, Some((versions.trim().to_owned(), range)))
        }
        None => (text, None),
    };
    let title = title.trim_end_matches([' ', ':', ',']);
    // The tail of `S7-1200: All versions < V4.5`, cut at the first of both.
    let mut product = Product {
        title: text.to_owned(),
        names: vec![title.to_owned()],
        versions,
        ..Product::default()
    };
    identify(&mut product, &name.product_identification_helper);
    product
}

/// A product that is one in or on another.
fn joined(category: &str, part: &Product, whole: &Product, name: &FullName) -> Product {
    let mut product = whole.clone();
    product.title.clone_from(&name.name);
    product.conditions.extend(part.conditions.iter().cloned());
    match category {
        // Firmware on hardware: the version that a device tells is that of the firmware.
        "installed_on" => {
            product.versions = part.versions.clone().or(product.versions);
            product.names.extend(part.names.iter().cloned());
            product.numbers.extend(part.numbers.iter().cloned());
        }
        // A component's own version shows only in that of the whole.
        _ if product.versions.is_none() => product.conditions.push(part.title.clone()),
        _ => {}
    }
    identify(&mut product, &name.product_identification_helper);
    product
}

/// Adds what the identification of a product tells.
fn identify(product: &mut Product, helper: &Helper) {
    let numbers = helper.model_numbers.iter().chain(&helper.skus);
    product.numbers.extend(numbers.cloned());
    product
        .serials
        .extend(helper.serial_numbers.iter().cloned());
    let Some(cpe) = &helper.cpe else {
        return;
    };
    // cpe:2.3:o:siemens:s7-1200_firmware:4.4 or cpe:/o:siemens:s7-1200_firmware:4.4
    let parts: Vec<&str> = cpe.split(':').collect();
    let named = match parts.as_slice() {
        ["cpe", "2.3", _, vendor, name, rest @ ..] => Some((vendor, name, rest.first())),
        ["cpe", _, vendor, name, rest @ ..] => Some((vendor, name, rest.first())),
        _ => None,
    };
    let Some((vendor, name, version)) = named else {
        return;
    };
    let words = |text: &str| text.replace('_', " ").replace('\\', "");
    if product.vendor.is_empty() {
        product.vendor = words(vendor);
    }
    let name = words(name);
    let name = name.strip_suffix(" firmware").unwrap_or(&name);
    product.names.push(name.to_owned());
    if product.versions.is_none()
        && let Some(version) = version.filter(|version| !matches!(**version, "*" | "-" | ""))
    {
        product.versions = Some(((*version).to_owned(), Range::read(&words(version))));
    }
}

//! The text of a rule to a typed rule: header, options, and the draft that the words fill.
//!
//! Called by the loader. A bad rule is a [`Flaw`] with its place; nothing here panics on any
//! text.

pub(crate) mod draft;
pub(crate) mod header;
pub(crate) mod hosts;
pub(crate) mod lines;
pub(crate) mod number;
pub(crate) mod options;
pub(crate) mod ports;
pub(crate) mod text;

/// Why a rule is refused, to be counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// It does not follow the grammar, or a value is wrong.
    Syntax,
    /// A word that nobody knows.
    UnknownWord,
    /// A protocol, a buffer or an event that Jaga does not decode.
    NotDecoded,
    /// A word that Jaga knows and cannot evaluate on traffic.
    NotEvaluated,
    /// Its parts contradict each other.
    Contradiction,
    /// A variable that is not set and cannot be filled.
    Variable,
    /// A file that it names cannot be used.
    File,
}

impl Cause {
    /// For tables and JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnknownWord => "unknown-keyword",
            Self::NotDecoded => "not-decoded",
            Self::NotEvaluated => "not-evaluated",
            Self::Contradiction => "contradiction",
            Self::Variable => "variable",
            Self::File => "file",
        }
    }
}

/// What is wrong with a rule, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// Octet of the rule's text.
    pub(crate) at: usize,
    /// To be counted by.
    pub(crate) cause: Cause,
    /// What.
    pub(crate) what: String,
    /// How to mend it; empty where that is plain.
    pub(crate) hint: String,
}

impl Flaw {
    /// A flaw of this cause.
    pub(crate) fn new(at: usize, cause: Cause, what: impl Into<String>) -> Self {
        Self {
            at,
            cause,
            what: what.into(),
            hint: String::new(),
        }
    }

    /// The grammar is not kept, or a value is wrong.
    pub(crate) fn syntax(at: usize, what: impl Into<String>) -> Self {
        Self::new(at, Cause::Syntax, what)
    }

    /// Adds how to mend it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Gives it another cause.
    #[must_use]
    pub(crate) fn because(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }
}

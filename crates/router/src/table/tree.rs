//! Patterns of one host, found by path.

use std::collections::HashMap;

use matchit::{InsertError, Params};

use super::methods::MethodTable;
use super::shards::Shards;
use crate::pattern::{Kind, Pattern};

/// Patterns by shape. Those without a capture of the rest come before those with one; among them matchit decides, a fixed
/// segment before a capture. Where a path does not fit the types of what was found, the patterns without types are asked
/// once more.
#[derive(Default)]
pub(crate) struct Tree {
    exact: Stage,
    rest: Stage,
    /// Of each shape, the candidates in the order in which they are tried.
    leaves: Vec<Vec<Candidate>>,
    /// Shapes to leaves; what conflicts are told by.
    shapes: HashMap<String, usize>,
    /// Whether a pattern has percent-encoded parts.
    encoded: bool,
}

#[derive(Default)]
struct Stage {
    all: Finder,
    untyped: Finder,
    has_typed: bool,
}

/// Shapes up to which one tree is faster than a look at the fixed beginning.
const FEW: usize = 64;

/// Shapes, in one tree or in many.
#[derive(Default)]
struct Finder {
    /// Of all shapes, until they are too many. What cannot be told apart is known by it.
    whole: matchit::Router<usize>,
    /// Each shape with its fixed beginning and its leaf.
    shapes: Vec<(Box<str>, String, usize)>,
    shards: Option<Shards>,
}

/// Patterns of the same shape and the same types, with what they answer.
pub(crate) struct Candidate {
    kinds: Box<[Option<Kind>]>,
    is_typed: bool,
    pub(crate) methods: MethodTable,
    /// The route that was first.
    pub(crate) first: usize,
}

impl Candidate {
    fn takes(&self, params: &Params<'_, '_>) -> bool {
        !self.is_typed
            || self
                .kinds
                .iter()
                .zip(params.iter())
                .all(|(kind, (_, text))| kind.is_none_or(|kind| kind.takes(text)))
    }
}

/// Why a pattern cannot be added.
pub(crate) enum Refusal {
    /// The route of this index has a pattern that cannot be told from it.
    Ambiguous(usize),
    /// matchit's own sentence.
    Invalid(String),
}

impl Tree {
    /// The place of a pattern, made if it is new. `route` is the route that asks.
    pub(crate) fn candidate(&mut self, pattern: &Pattern, route: usize) -> Result<&mut Candidate, Refusal> {
        let shape = pattern.shape();
        let leaf = match self.shapes.get(&shape) {
            Some(&leaf) => leaf,
            None => self.leaves.len(),
        };
        self.stage(pattern).insert(&shape, pattern, leaf).map_err(|error| self.refusal(&error))?;
        self.encoded |= pattern.is_encoded();
        self.shapes.insert(shape, leaf);
        if leaf == self.leaves.len() {
            self.leaves.push(Vec::new());
        }
        let kinds = pattern.kinds();
        let candidates = &mut self.leaves[leaf];
        let at = match candidates.iter().position(|known| known.kinds == kinds) {
            Some(at) => at,
            None => {
                let at = if pattern.is_typed() {
                    candidates.iter().take_while(|known| known.is_typed).count()
                } else {
                    candidates.len()
                };
                candidates.insert(
                    at,
                    Candidate {
                        kinds,
                        is_typed: pattern.is_typed(),
                        methods: MethodTable::default(),
                        first: route,
                    },
                );
                at
            }
        };
        Ok(&mut candidates[at])
    }

    fn stage(&mut self, pattern: &Pattern) -> &mut Stage {
        if pattern.takes_rest() { &mut self.rest } else { &mut self.exact }
    }

    fn refusal(&self, error: &InsertError) -> Refusal {
        if let InsertError::Conflict { with } = error {
            let other = self.shapes.get(with).and_then(|&leaf| self.leaves.get(leaf)?.first());
            if let Some(other) = other {
                return Refusal::Ambiguous(other.first);
            }
        }
        Refusal::Invalid(error.to_string())
    }

    /// After the last pattern.
    pub(crate) fn finish(&mut self) {
        self.exact.finish();
        self.rest.finish();
        self.shapes = HashMap::new();
    }

    /// Every candidate, to be finished.
    pub(crate) fn candidates(&mut self) -> impl Iterator<Item = &mut Candidate> {
        self.leaves.iter_mut().flatten()
    }

    /// Whether the path as it came must be written otherwise to be looked up: hexadecimal digits in upper case (RFC 3986
    /// §6.2.2.1).
    pub(crate) fn wants_upper_case(&self, path: &str) -> bool {
        self.encoded && path.contains('%')
    }

    /// What is at a path.
    pub(crate) fn find<'t, 'p>(&'t self, path: &'p str) -> Option<(&'t Candidate, Params<'t, 'p>)> {
        self.exact.find(&self.leaves, path).or_else(|| self.rest.find(&self.leaves, path))
    }
}

impl Stage {
    fn insert(&mut self, shape: &str, pattern: &Pattern, leaf: usize) -> Result<(), InsertError> {
        self.all.insert(shape, pattern, leaf)?;
        if pattern.is_typed() {
            self.has_typed = true;
            return Ok(());
        }
        self.untyped.insert(shape, pattern, leaf)
    }

    /// After the last shape.
    fn finish(&mut self) {
        if self.has_typed {
            self.untyped.finish();
        } else {
            self.untyped = Finder::default();
        }
        self.all.finish();
    }

    fn find<'t, 'p>(
        &'t self,
        leaves: &'t [Vec<Candidate>],
        path: &'p str,
    ) -> Option<(&'t Candidate, Params<'t, 'p>)> {
        let found = |finder: &'t Finder| {
            let (leaf, params) = finder.at(path)?;
            let candidate = leaves.get(leaf)?.iter().find(|candidate| candidate.takes(&params))?;
            Some((candidate, params))
        };
        found(&self.all).or_else(|| if self.has_typed { found(&self.untyped) } else { None })
    }
}

impl Finder {
    /// Inserts a shape; one that is there already stays.
    fn insert(&mut self, shape: &str, pattern: &Pattern, leaf: usize) -> Result<(), InsertError> {
        match self.whole.insert(shape, leaf) {
            Ok(()) => self.shapes.push((pattern.fixed().into(), shape.to_owned(), leaf)),
            Err(InsertError::Conflict { with }) if with == shape => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn finish(&mut self) {
        let shapes = std::mem::take(&mut self.shapes);
        if shapes.len() <= FEW {
            return;
        }
        let mut shards = Shards::default();
        // What one tree holds, its parts hold; if one does not, the whole stays.
        let outcome = shapes.iter().try_for_each(|(fixed, shape, leaf)| shards.insert(fixed, shape, *leaf));
        if outcome.is_ok() {
            self.whole = matchit::Router::new();
            self.shards = Some(shards);
        }
    }

    fn at<'t, 'p>(&'t self, path: &'p str) -> Option<(usize, Params<'t, 'p>)> {
        match &self.shards {
            Some(shards) => shards.at(path),
            None => self.whole.at(path).ok().map(|found| (*found.value, found.params)),
        }
    }
}

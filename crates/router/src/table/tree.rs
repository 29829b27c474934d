//! Patterns of one host, found by path.

use std::collections::HashMap;

use matchit::{InsertError, Params};

use super::methods::MethodTable;
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
    all: matchit::Router<usize>,
    untyped: matchit::Router<usize>,
    has_typed: bool,
    has_any: bool,
}

/// Patterns of the same shape and the same types, with what they answer.
pub(crate) struct Candidate {
    kinds: Box<[Option<Kind>]>,
    pub(crate) methods: MethodTable,
    /// The route that was first.
    pub(crate) first: usize,
}

impl Candidate {
    fn is_typed(&self) -> bool {
        self.kinds.iter().any(Option::is_some)
    }

    fn takes(&self, params: &Params<'_, '_>) -> bool {
        !self.is_typed()
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
                    candidates.iter().take_while(|known| known.is_typed()).count()
                } else {
                    candidates.len()
                };
                candidates.insert(at, Candidate { kinds, methods: MethodTable::default(), first: route });
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
        insert(&mut self.all, shape, leaf)?;
        self.has_any = true;
        if pattern.is_typed() {
            self.has_typed = true;
            return Ok(());
        }
        insert(&mut self.untyped, shape, leaf)
    }

    fn find<'t, 'p>(
        &'t self,
        leaves: &'t [Vec<Candidate>],
        path: &'p str,
    ) -> Option<(&'t Candidate, Params<'t, 'p>)> {
        if !self.has_any {
            return None;
        }
        let found = |tree: &'t matchit::Router<usize>| {
            let found = tree.at(path).ok()?;
            let candidates = leaves.get(*found.value)?;
            let candidate = candidates.iter().find(|candidate| candidate.takes(&found.params))?;
            Some((candidate, found.params))
        };
        found(&self.all).or_else(|| if self.has_typed { found(&self.untyped) } else { None })
    }
}

/// Inserts a shape; one that is there already stays.
fn insert(tree: &mut matchit::Router<usize>, shape: &str, leaf: usize) -> Result<(), InsertError> {
    match tree.insert(shape, leaf) {
        Err(InsertError::Conflict { with }) if with == shape => Ok(()),
        inserted => inserted,
    }
}

//! Which operation comes next.
//!
//! They come in the order in which they were sent, save that one waits for those it refers to. Where all wait, one that
//! makes something and refers to itself by way of others is carried out without its references, and completed when they
//! are known; only then comes what changes it.

use std::collections::{BTreeSet, HashMap};

use super::circle::on_a_circle;
use super::reference;
use super::{Action, Endpoint, Entry, Operation, Request};
use crate::base::json::shortened;
use crate::scim::error::Error;

/// The operations of a request and what has become of them.
#[derive(Debug)]
pub struct Schedule {
    request: Request,
    states: Vec<State>,
    /// The names that each operation refers to.
    references: Vec<BTreeSet<String>>,
    /// Whether what each operation makes refers to itself, by way of others that are made.
    circular: Vec<bool>,
    /// The same, all of them groups.
    inside_itself: Vec<bool>,
    made: HashMap<String, Made>,
    errors: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Waiting,
    /// Made without its references, under this identifier.
    Incomplete(String),
    Ended,
}

/// What has become of the resource of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Made {
    NotYet,
    Is(String),
    Failed,
}

/// What to do next.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// Carry this out, then call [`Schedule::ended`].
    Do(Step),
    /// The operation at this place is refused.
    Refuse(usize, Error),
    /// Nothing more: everything is done, or `failOnErrors` is reached.
    End,
}

/// One operation to be carried out.
#[derive(Debug, PartialEq)]
pub struct Step {
    /// Its place in the request.
    pub index: usize,
    /// Which part of it this is.
    pub stage: Stage,
    /// What to do, with identifiers in place of names.
    pub operation: Operation,
}

/// Which part of an operation is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// All of it.
    Whole,
    /// What does not depend on others.
    First,
    /// The rest of one that has been carried out in part.
    Completion,
}

impl Schedule {
    /// The schedule of a request.
    #[must_use]
    pub fn new(request: Request) -> Self {
        let entries = &request.entries;
        let references: Vec<_> =
            entries.iter().map(|entry| entry.operation.as_ref().map(reference::names).unwrap_or_default()).collect();
        let circular = circles(&request, &references, |_| true);
        let inside_itself = circles(&request, &references, |endpoint| endpoint == Endpoint::Groups);
        let creates = entries.iter().filter(|entry| entry.creates().is_some());
        let made = creates.filter_map(|entry| Some((entry.bulk_id.clone()?, Made::NotYet))).collect();
        let states = vec![State::Waiting; entries.len()];
        Self { states, references, circular, inside_itself, made, errors: 0, request }
    }

    /// The operations as they were sent.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What to do next.
    pub fn proceed(&mut self) -> Next {
        if self.request.fail_on_errors.is_some_and(|limit| self.errors >= limit) {
            return self.give_up();
        }
        let ready = (0..self.states.len()).find_map(|index| Some((index, self.verdict(index)?)));
        match ready.or_else(|| self.break_circle()) {
            Some((_, Ok(step))) => Next::Do(step),
            Some((index, Err(error))) => {
                self.fail(index);
                Next::Refuse(index, error)
            }
            None => Next::End,
        }
    }

    /// Nothing is carried out any more. What was made in part is no success.
    fn give_up(&mut self) -> Next {
        let half = self.states.iter().position(|state| matches!(state, State::Incomplete(_)));
        let Some(index) = half else { return Next::End };
        self.fail(index);
        let detail = "it is made, but not what it refers to: failOnErrors was reached before";
        Next::Refuse(index, Error::status(409, detail))
    }

    /// The operation of the last [`Next::Do`] is done: `Ok` with the identifier of the resource, if it has one yet.
    pub fn ended(&mut self, step: &Step, outcome: Result<&str, ()>) {
        match (step.stage, outcome) {
            (Stage::First, Ok(id)) => self.set_state(step.index, State::Incomplete(id.to_owned())),
            (_, Ok(_)) => self.set_state(step.index, State::Ended),
            (_, Err(())) => self.fail(step.index),
        }
        if let Ok(id) = outcome {
            self.set_made(step.index, Made::Is(id.to_owned()));
        }
    }

    /// What can be said of an operation as things stand: nothing, while it waits for others or when it has ended.
    fn verdict(&self, index: usize) -> Option<Result<Step, Error>> {
        let state = self.states.get(index).filter(|state| **state != State::Ended)?;
        let operation = match &self.request.entries.get(index)?.operation {
            Ok(operation) => operation,
            Err(error) => return Some(Err(error.clone())),
        };
        let mut waits = false;
        for name in self.references.get(index)? {
            match self.made.get(name) {
                // What is made in part can be referred to, but is not to be changed yet.
                Some(Made::Is(id)) => waits |= operation.action != Action::Create && self.is_incomplete(id),
                Some(Made::NotYet) => waits = true,
                Some(Made::Failed) => {
                    let detail = format!("the operation with the bulkId {:?} has failed", shortened(name));
                    return Some(Err(Error::status(409, detail)));
                }
                None => {
                    let detail = format!("no operation with POST has the bulkId {:?}", shortened(name));
                    return Some(Err(Error::invalid_value(detail)));
                }
            }
        }
        if waits {
            return None;
        }
        let operation = reference::resolved(operation, &|name| self.id(name));
        Some(Ok(match state {
            State::Incomplete(id) => {
                let operation = Operation { action: Action::Replace, id: id.clone(), version: None, ..operation };
                Step { index, stage: Stage::Completion, operation }
            }
            State::Waiting | State::Ended => Step { index, stage: Stage::Whole, operation },
        }))
    }

    /// Each operation that is left waits for another.
    fn break_circle(&self) -> Option<(usize, Result<Step, Error>)> {
        let left = || (0..).zip(&self.states).filter(|(_, state)| **state == State::Waiting).map(|(index, _)| index);
        let is = |flags: &[bool], index: usize| flags.get(index).is_some_and(|flag| *flag);
        let index = left().find(|index| is(&self.circular, *index)).or_else(|| left().next())?;
        let Some(operation) = self.create(index).filter(|_| !is(&self.inside_itself, index)) else {
            let detail = "the operation refers, by way of others, to itself; no group can be inside itself";
            return Some((index, Err(Error::status(409, detail))));
        };
        let operation = reference::resolved(operation, &|name| self.id(name));
        // A resource is an object; what is left of it is one.
        let data = reference::without(&operation.data).unwrap_or_default();
        Some((index, Ok(Step { index, stage: Stage::First, operation: Operation { data, ..operation } })))
    }

    /// The operation at this place, if it makes something.
    fn create(&self, index: usize) -> Option<&Operation> {
        let operation = self.request.entries.get(index)?.operation.as_ref().ok()?;
        (operation.action == Action::Create).then_some(operation)
    }

    fn is_incomplete(&self, id: &str) -> bool {
        self.states.iter().any(|state| matches!(state, State::Incomplete(made) if made == id))
    }

    fn fail(&mut self, index: usize) {
        self.errors += 1;
        self.set_state(index, State::Ended);
        self.set_made(index, Made::Failed);
    }

    fn set_state(&mut self, index: usize, state: State) {
        if let Some(slot) = self.states.get_mut(index) {
            *slot = state;
        }
    }

    /// What is made stays made, also when its completion fails.
    fn set_made(&mut self, index: usize, made: Made) {
        let name = self.create(index).and_then(|_| self.request.entries.get(index)?.bulk_id.clone());
        if let Some(slot) = name.and_then(|name| self.made.get_mut(&name)).filter(|slot| **slot == Made::NotYet) {
            *slot = made;
        }
    }

    fn id(&self, name: &str) -> Option<&str> {
        match self.made.get(name) {
            Some(Made::Is(id)) => Some(id),
            _ => None,
        }
    }
}

/// Whether what each operation makes refers to itself by way of others that are to be made, each of a kind that counts.
fn circles(request: &Request, references: &[BTreeSet<String>], counts: impl Fn(Endpoint) -> bool) -> Vec<bool> {
    let makes = |entry: &Entry| entry.creates().is_some_and(&counts);
    let by_name: HashMap<&str, usize> = (0..)
        .zip(&request.entries)
        .filter(|(_, entry)| makes(entry))
        .filter_map(|(index, entry)| Some((entry.bulk_id.as_deref()?, index)))
        .collect();
    let edges: Vec<Vec<usize>> = (request.entries.iter().zip(references))
        .map(|(entry, names)| {
            names.iter().filter(|_| makes(entry)).filter_map(|name| by_name.get(name.as_str()).copied()).collect()
        })
        .collect();
    on_a_circle(&edges)
}

//! Texts of batches, put together once: they are long, and a few dozen of them make up nearly all writes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::storage::batch::Batch;

/// Batches of other statements than so many kinds are put together each time.
const KEPT: usize = 256;

/// The texts, by the addresses of the statements they are made of.
#[derive(Default)]
pub(super) struct Composed(Mutex<HashMap<Vec<usize>, Arc<str>>>);

impl Composed {
    /// The text of a batch.
    pub(super) fn text(&self, batch: &Batch) -> Arc<str> {
        let key: Vec<usize> = batch.statements().map(|sql| std::ptr::from_ref(sql).addr()).collect();
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = texts.get(&key) {
            return Arc::clone(text);
        }
        let text: Arc<str> = batch.postgres_text().into();
        if texts.len() < KEPT {
            texts.insert(key, Arc::clone(&text));
        }
        text
    }
}

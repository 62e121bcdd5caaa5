//! A table that forgets: what nobody has touched for a while is gone, and it never grows beyond its bounds.
//!
//! Two generations. What is written goes into the young one; when that is full, or old enough, it becomes the old one
//! and the old one is dropped. So an entry lives at least `age` after it was last written unless the table overflows,
//! at most twice as long, and forgetting costs nothing.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// At most twice `capacity` entries, each forgotten between `age` and twice `age` after it was last written.
#[derive(Debug)]
pub struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    capacity: usize,
    age: Duration,
    turned_at: Duration,
}

impl<K: Hash + Eq, V> Recent<K, V> {
    /// An empty table.
    #[must_use]
    pub fn new(capacity: usize, age: Duration) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), capacity, age, turned_at: Duration::ZERO }
    }

    /// The entry, if it is remembered.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// The entry for a change that does not count as writing it anew.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.young.get_mut(key).or_else(|| self.old.get_mut(key))
    }

    /// Forgets one entry.
    pub fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Writes an entry.
    pub fn insert(&mut self, key: K, value: V, now: Duration) {
        self.turn(now);
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    /// The entry for writing, made if it is not there.
    pub fn entry(&mut self, key: K, now: Duration) -> &mut V
    where
        V: Default,
    {
        self.turn(now);
        let known = self.old.remove(&key);
        self.young.entry(key).or_insert_with(|| known.unwrap_or_default())
    }

    /// The number of entries that are remembered.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn turn(&mut self, now: Duration) {
        let waited = now.saturating_sub(self.turned_at);
        if waited < self.age && self.young.len() < self.capacity {
            return;
        }
        self.old = std::mem::take(&mut self.young);
        if waited >= self.age * 2 {
            self.old.clear();
        }
        self.turned_at = now;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Recent;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn an_entry_lives_between_one_age_and_two() {
        for written in 0..120 {
            let mut table = Recent::new(10, MINUTE);
            let written = Duration::from_secs(written);
            table.insert("a", 1, written);
            table.insert("b", 2, written + Duration::from_secs(59));
            assert_eq!(table.get(&"a"), Some(&1));
            table.insert("c", 3, written + MINUTE * 2);
            table.insert("d", 4, written + MINUTE * 4);
            assert_eq!(table.get(&"a"), None);
        }
    }

    #[test]
    fn what_is_written_again_stays() {
        let mut table: Recent<&str, u32> = Recent::new(10, MINUTE);
        for second in 0..600 {
            *table.entry("a", Duration::from_secs(second)) += 1;
        }
        assert_eq!(table.get(&"a"), Some(&600));
    }

    #[test]
    fn l5_a_crowd_of_strangers_does_not_fill_the_memory() {
        let mut table = Recent::new(1000, MINUTE);
        for stranger in 0..1_000_000 {
            table.insert(stranger, (), Duration::ZERO);
            assert!(table.len() <= 2000);
        }
    }
}

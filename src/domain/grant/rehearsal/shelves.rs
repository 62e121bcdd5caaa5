//! The stock in a rehearsal: what the rehearsed change has made of it, and what has been read ahead of what is free.
//!
//! Of a pool that many draw from one after the other, each free thing is read once, in the pool's order, as far as it is
//! needed.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::base::ids::{EmployeeId, ThingId};
use crate::domain::grant::needs::Needs;
use crate::domain::grant::stock::Thing;
use crate::domain::thing::{Class, Kind};

/// A place in a pool's order.
type Place = (String, ThingId);

/// Free things of a pool to be read next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// Those behind this sort key and, of the same, this identifier.
    pub behind: (String, ThingId),
    /// So many of them.
    pub count: usize,
}

impl Shortage {
    /// The first so many.
    #[must_use]
    pub fn of(count: usize) -> Self {
        Self { behind: begin(), count }
    }
}

fn begin() -> Place {
    (String::new(), ThingId::from(Uuid::nil()))
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelves {
    /// Things that have changed, or would be new, or were read ahead.
    things: BTreeMap<ThingId, Thing>,
    keys: BTreeMap<(Class, String), ThingId>,
    held_for: BTreeMap<EmployeeId, BTreeSet<ThingId>>,
    free: BTreeMap<(String, Kind), Shelf>,
    /// Things that have gone out of stock.
    gone: BTreeSet<ThingId>,
}

/// What is free of a kind in a pool.
#[derive(Debug, Clone, Default)]
struct Shelf {
    /// What is known to be free.
    free: BTreeSet<Place>,
    /// Up to where that is all there is.
    read_to: Read,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Read {
    To(Place),
    ToTheEnd,
}

impl Default for Read {
    fn default() -> Self {
        Self::To(begin())
    }
}

impl Shelf {
    /// Of the free ones, those up to where all of them are known.
    fn known(&self) -> impl Iterator<Item = &Place> {
        self.free.iter().take_while(|place| match &self.read_to {
            Read::To(read) => *place <= read,
            Read::ToTheEnd => true,
        })
    }
}

impl Shelves {
    /// Let this thing be as it says here.
    pub(super) fn put(&mut self, thing: Thing) {
        self.take(thing.thing.id);
        let id = thing.thing.id;
        self.keys.insert((thing.thing.kind.class(), thing.thing.key.clone()), id);
        if let Some(hold) = thing.hold {
            self.held_for.entry(hold.employee).or_default().insert(id);
        }
        if let Some((shelf, place)) = free_place(&thing) {
            self.free.entry(shelf).or_default().free.insert(place);
        }
        self.things.insert(id, thing);
    }

    /// Takes this thing out of stock, which was read as it says here, and gives it as it is now.
    pub(super) fn remove(&mut self, read: Thing) -> Thing {
        self.gone.insert(read.thing.id);
        self.take(read.thing.id).unwrap_or(read)
    }

    fn take(&mut self, id: ThingId) -> Option<Thing> {
        let thing = self.things.remove(&id)?;
        let key = (thing.thing.kind.class(), thing.thing.key.clone());
        if self.keys.get(&key) == Some(&id) {
            self.keys.remove(&key);
        }
        if let Some(held) = thing.hold.and_then(|hold| self.held_for.get_mut(&hold.employee)) {
            held.remove(&id);
        }
        if let Some((shelf, place)) = free_place(&thing)
            && let Some(shelf) = self.free.get_mut(&shelf)
        {
            shelf.free.remove(&place);
        }
        Some(thing)
    }

    /// What has to be read so that the lowest so many free ones are known.
    pub(super) fn shortage(&self, shelf: &(String, Kind), count: usize) -> Option<Shortage> {
        let nothing = Shelf::default();
        let shelf = self.free.get(shelf).unwrap_or(&nothing);
        let Read::To(behind) = &shelf.read_to else { return None };
        let missing = count.saturating_sub(shelf.known().take(count).count());
        (missing > 0).then(|| Shortage { behind: behind.clone(), count: missing })
    }

    /// Takes in what was read for a shortage.
    pub(super) fn fill(&mut self, shelf: &(String, Kind), shortage: &Shortage, read: Vec<Thing>) {
        let last = read.last().map(|thing| (thing.sort_key.clone(), thing.thing.id));
        let read_to = match last {
            Some(last) if read.len() >= shortage.count => Read::To(last),
            _ => Read::ToTheEnd,
        };
        for thing in read {
            if self.is_read(thing.thing.id) {
                self.put(thing);
            }
        }
        self.free.entry(shelf.clone()).or_default().read_to = read_to;
    }

    /// Whether this thing is as the database says: the rehearsal has nothing to say of it.
    pub(super) fn is_read(&self, id: ThingId) -> bool {
        !self.things.contains_key(&id) && !self.gone.contains(&id)
    }

    /// What there is of that which is needed; of what is free so many more.
    pub(super) fn needed<'s>(&'s self, needs: &'s Needs, more: usize) -> impl Iterator<Item = &'s Thing> {
        let named = needs.keys.iter().filter_map(|key| self.keys.get(key));
        let held = needs.held_for.iter().filter_map(|employee| self.held_for.get(employee)).flatten();
        let free = needs.free.iter().filter_map(move |(shelf, count)| Some((self.free.get(shelf)?, count + more)));
        let free = free.flat_map(|(shelf, count)| shelf.free.iter().take(count).map(|(_, id)| id));
        needs.things.iter().chain(named).chain(held).chain(free).filter_map(|id| self.things.get(id))
    }
}

/// On which shelf a thing lies that anybody may have, and where.
fn free_place(thing: &Thing) -> Option<((String, Kind), Place)> {
    let pool = thing.pool.clone().filter(|_| thing.is_free())?;
    Some(((pool, thing.thing.kind), (thing.sort_key.clone(), thing.thing.id)))
}

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Place, Shelves, Shortage};
    use crate::base::ids::{EmployeeId, ThingId};
    use crate::domain::grant::needs::Needs;
    use crate::domain::grant::stock::{Thing, ThingRef};
    use crate::domain::thing::Kind;

    fn extension(number: usize) -> Thing {
        let key = number.to_string();
        let thing = ThingRef { id: ThingId::generate(), kind: Kind::Extension, key: key.clone(), name: key };
        let pool = Some("north".to_owned());
        let sort_key = format!("{number:06}");
        Thing { thing, sort_key, pool, holder: None, hold: None, disabled: false, leaving: false }
    }

    /// What is free behind a place, as a database would say.
    fn read(pool: &BTreeMap<Place, Thing>, shortage: &Shortage) -> Vec<Thing> {
        let behind = pool.iter().filter(|(place, _)| **place > shortage.behind);
        behind.map(|(_, thing)| thing.clone()).take(shortage.count).collect()
    }

    #[test]
    fn of_a_pool_that_is_drawn_from_part_by_part_each_thing_is_read_once() {
        const PARTS: usize = 50;
        const PART: usize = 4;
        let things = (0..PARTS * PART).map(extension);
        let pool: BTreeMap<Place, Thing> =
            things.map(|thing| ((thing.sort_key.clone(), thing.thing.id), thing)).collect();
        let shelf = ("north".to_owned(), Kind::Extension);
        let needs = Needs { free: BTreeMap::from([(shelf.clone(), PART)]), ..Needs::default() };
        let (mut shelves, mut rows) = (Shelves::default(), 0);
        let mut given = Vec::new();
        for _ in 0..PARTS {
            while let Some(shortage) = shelves.shortage(&shelf, PART) {
                let read = read(&pool, &shortage);
                rows += read.len();
                shelves.fill(&shelf, &shortage, read);
            }
            let lowest: Vec<Thing> = shelves.needed(&needs, 0).cloned().collect();
            assert_eq!(lowest.len(), PART);
            for thing in lowest {
                given.push(thing.sort_key.clone());
                shelves.put(Thing { holder: Some(EmployeeId::generate()), ..thing });
            }
        }
        assert_eq!(rows, PARTS * PART);
        assert!(given.is_sorted(), "{given:?}");
        assert_eq!(given.len(), pool.len());
        // There is no more, and nobody asks again for what is not there.
        let more = shelves.shortage(&shelf, 1).expect("nobody has looked behind the last one");
        shelves.fill(&shelf, &more, read(&pool, &more));
        assert_eq!(shelves.shortage(&shelf, 1), None);
    }

    #[test]
    fn what_becomes_free_behind_those_read_is_nobodys_before_them() {
        let pool: BTreeMap<Place, Thing> =
            (0..4).map(extension).map(|thing| ((thing.sort_key.clone(), thing.thing.id), thing)).collect();
        let shelf = ("north".to_owned(), Kind::Extension);
        let needs = Needs { free: BTreeMap::from([(shelf.clone(), 1)]), ..Needs::default() };
        let mut shelves = Shelves::default();
        shelves.put(extension(9));
        let shortage = shelves.shortage(&shelf, 1).expect("it is not known to be the lowest");
        shelves.fill(&shelf, &shortage, read(&pool, &shortage));
        let lowest: Vec<&str> = shelves.needed(&needs, 0).map(|thing| thing.thing.key.as_str()).collect();
        assert_eq!(lowest, ["0"]);
    }
}

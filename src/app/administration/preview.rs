//! What would come of a change that nobody has made: of people in other groups, or of another stock. What would come of
//! other rules is [planned](super::rules).

use std::collections::{BTreeMap, BTreeSet};

use super::{Administration, AdministrationError, Fault, sound};
use crate::app::planning::{Change, RuleBooks, Terms, read_thing, rehearse};
use crate::base::caseless::fold;
use crate::base::clock::Ts;
use crate::base::ids::{EmployeeId, GroupId, ThingId};
use crate::domain::grant::{Rehearsal, Thing, ThingRef, diff};
use crate::domain::tenant::TenantScope;
use crate::domain::thing::{Key, Kind, NumberingPlan};
use crate::storage::{Ids, Tx, grants, group_closure, group_members, pools, rules, things};

/// What might be done.
#[derive(Debug, Clone)]
pub enum WhatIf {
    /// The identity provider puts people into groups, or takes them out.
    Groups(Vec<Assignment>),
    /// The stock changes.
    Stock(StockChange),
}

/// Into which groups somebody comes, and which he leaves; directly, both of them.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// Who.
    pub employee: EmployeeId,
    /// Where he comes.
    pub join: BTreeSet<GroupId>,
    /// What he leaves.
    pub leave: BTreeSet<GroupId>,
}

/// What becomes of the stock.
#[derive(Debug, Clone, Default)]
pub struct StockChange {
    /// What comes.
    pub add: Vec<NewInStock>,
    /// What is taken out of use. Whoever has it keeps it.
    pub disable: BTreeSet<ThingId>,
    /// What is put back into use.
    pub enable: BTreeSet<ThingId>,
    /// What goes, also from those who have it.
    pub remove: BTreeSet<ThingId>,
}

/// A thing that might be in stock.
#[derive(Debug, Clone)]
pub struct NewInStock {
    /// What it is.
    pub kind: Kind,
    /// Its key, as a person writes it.
    pub key: String,
    /// The name of its pool.
    pub pool: Option<String>,
}

/// The change that is rehearsed, on the ground that it makes for itself.
struct Scene {
    rehearsal: Rehearsal,
    change: Change,
}

impl Administration<'_> {
    /// What would come of it. Nothing is written, and nobody waits for it.
    ///
    /// # Errors
    ///
    /// `Invalid` for people, groups, pools and things that are not there, and for keys that are; `Storage`.
    pub async fn preview(&self, scope: TenantScope, what_if: WhatIf) -> Result<Vec<diff::Line>, AdministrationError> {
        let _place = self.app.0.plans.enter(scope).await?;
        let (books, now) = (self.books(), self.now());
        let look = async move |tx: &mut Tx<'_>| played(tx, scope, &books, &what_if, now).await;
        self.app.0.store.survey(look).await
    }
}

async fn played(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    books: &RuleBooks,
    what_if: &WhatIf,
    now: Ts,
) -> Result<Vec<diff::Line>, AdministrationError> {
    let terms = Terms::now(tx, scope, books).await?;
    let Scene { mut rehearsal, change } = match what_if {
        WhatIf::Groups(assignments) => in_groups(tx, scope, assignments).await?,
        WhatIf::Stock(stock) => in_stock(tx, scope, stock).await?,
    };
    let plan = rehearse(tx, scope, &terms, &mut rehearsal, change, now).await?;
    Ok(diff::lines(&plan))
}

async fn in_groups(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    assignments: &[Assignment],
) -> Result<Scene, AdministrationError> {
    let ids = Ids(assignments.iter().map(|one| one.employee.uuid()).collect());
    let people: BTreeSet<EmployeeId> =
        grants::people(tx, scope, &ids, false).await?.into_iter().map(|row| row.id).collect();
    let named: BTreeSet<GroupId> =
        assignments.iter().flat_map(|one| one.join.iter().chain(&one.leave)).copied().collect();
    let ids = Ids(named.into_iter().map(GroupId::uuid).collect());
    let groups: BTreeSet<GroupId> = rules::group_names(tx, scope, &ids).await?.into_iter().map(|row| row.id).collect();
    let mut faults = Vec::new();
    for (index, one) in assignments.iter().enumerate() {
        if !people.contains(&one.employee) {
            faults.push(Fault::at(format!("/groups/{index}/employee"), "there is no employee with this id"));
        }
        for (name, listed) in [("join", &one.join), ("leave", &one.leave)] {
            let missing = listed.iter().filter(|group| !groups.contains(group));
            let fault = |group| Fault::at(format!("/groups/{index}/{name}"), format!("there is no group {group}"));
            faults.extend(missing.map(fault));
        }
    }
    sound(faults)?;
    let mut scene = Scene { rehearsal: Rehearsal::default(), change: Change::default() };
    // Somebody may stand there more than once: what is said of him counts together.
    let mut moves: BTreeMap<EmployeeId, (BTreeSet<GroupId>, BTreeSet<GroupId>)> = BTreeMap::new();
    for Assignment { employee, join, leave } in assignments {
        let (joined, left) = moves.entry(*employee).or_default();
        joined.extend(join);
        left.extend(leave);
    }
    for (employee, (join, leave)) in moves {
        let now = group_members::groups_of_employee(tx, scope, employee).await?;
        let direct: BTreeSet<GroupId> = now.into_iter().filter(|group| !leave.contains(group)).chain(join).collect();
        let ids = Ids(direct.into_iter().map(GroupId::uuid).collect());
        let all = group_closure::above(tx, scope, &ids).await?.into_iter().map(|row| row.above);
        scene.rehearsal.put_into(employee, all.collect());
        scene.change.concerned.insert(employee);
    }
    Ok(scene)
}

async fn in_stock(tx: &mut Tx<'_>, scope: TenantScope, stock: &StockChange) -> Result<Scene, AdministrationError> {
    let mut scene = Scene { rehearsal: Rehearsal::default(), change: Change::default() };
    for thing in new_things(tx, scope, &stock.add).await? {
        scene.change.wake.add_stock(&thing);
        scene.rehearsal.put_thing(thing);
    }
    let lists = [("disable", &stock.disable), ("enable", &stock.enable), ("remove", &stock.remove)];
    let ids = Ids(lists.iter().flat_map(|(_, ids)| ids.iter()).map(|id| id.uuid()).collect());
    let there: BTreeMap<ThingId, Thing> = things::by_ids(tx, scope, &ids)
        .await?
        .into_iter()
        .filter_map(read_thing)
        .map(|thing| (thing.thing.id, thing))
        .collect();
    let missing = |(name, ids): (&str, &BTreeSet<ThingId>)| {
        let missing: Vec<Fault> = ids
            .iter()
            .filter(|id| !there.contains_key(id))
            .map(|id| Fault::at(format!("/stock/{name}"), format!("there is no {id} in stock")))
            .collect();
        missing
    };
    sound(lists.into_iter().flat_map(missing).collect())?;
    for thing in there.into_values() {
        let id = thing.thing.id;
        if stock.remove.contains(&id) {
            scene.change.removed.insert(id);
            scene.change.concerned.extend(thing.whose());
            continue;
        }
        let thing = Thing { disabled: stock.disable.contains(&id), ..thing };
        scene.change.concerned.extend(thing.whose());
        scene.change.wake.add_stock(&thing);
        scene.rehearsal.put_thing(thing);
    }
    let removed = Ids(scene.change.removed.iter().map(|id| id.uuid()).collect());
    scene.change.concerned.extend(grants::of_things(tx, scope, &removed).await?.into_iter().map(|row| row.employee_id));
    Ok(scene)
}

async fn new_things(
    tx: &mut Tx<'_>,
    scope: TenantScope,
    add: &[NewInStock],
) -> Result<Vec<Thing>, AdministrationError> {
    let mut faults = Vec::new();
    let mut new = Vec::new();
    let mut keys = BTreeSet::new();
    for (index, NewInStock { kind, key: text, pool }) in add.iter().enumerate() {
        match Key::parse(kind.class(), text, NumberingPlan::default()) {
            Ok(key) if keys.insert((kind.class().name(), key.to_string())) => {
                let thing =
                    ThingRef { id: ThingId::generate(), kind: *kind, key: key.to_string(), name: name_of(&key, text) };
                let (sort_key, pool) = (key.sort_key(), pool.as_deref().map(fold));
                new.push((
                    index,
                    Thing { thing, sort_key, pool, holder: None, hold: None, disabled: false, leaving: false },
                ));
            }
            Ok(_) => faults.push(Fault::at(format!("/stock/add/{index}/key"), "this stands here twice")),
            Err(error) => faults.push(Fault::at(format!("/stock/add/{index}/key"), error.to_string())),
        }
    }
    let asked: Vec<(&'static str, &str)> = keys.iter().map(|(class, key)| (*class, key.as_str())).collect();
    let taken: BTreeSet<(String, String)> =
        things::by_keys(tx, scope, &asked).await?.into_iter().map(|row| (row.kind, row.key)).collect();
    let is_taken = |thing: &ThingRef| {
        let same_class = |kind: &str| Kind::parse(kind).is_some_and(|kind| kind.class() == thing.kind.class());
        taken.iter().any(|(kind, key)| *key == thing.key && same_class(kind))
    };
    let names: BTreeSet<&str> = new.iter().filter_map(|(_, thing)| thing.pool.as_deref()).collect();
    let known: BTreeSet<String> = pools::by_names(tx, scope, &names.into_iter().collect::<Vec<_>>())
        .await?
        .into_iter()
        .map(|pool| pool.name_key)
        .collect();
    for (index, thing) in &new {
        if is_taken(&thing.thing) {
            faults.push(Fault::at(format!("/stock/add/{index}/key"), "this is in stock already"));
        }
        if thing.pool.as_ref().is_some_and(|pool| !known.contains(pool)) {
            faults.push(Fault::at(format!("/stock/add/{index}/pool"), "there is no pool of this name"));
        }
    }
    sound(faults)?;
    Ok::<_, AdministrationError>(new.into_iter().map(|(_, thing)| thing).collect())
}

/// What people will call it: numbers, extensions and devices by their key, the rest as it was written.
fn name_of(key: &Key, text: &str) -> String {
    match key {
        Key::Number(_) | Key::Extension(_) | Key::Device(_) => key.to_string(),
        Key::Destination(_) | Key::Announcement(_) | Key::Mailbox(_) => text.trim().to_owned(),
    }
}

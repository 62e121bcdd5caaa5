//! Plans by example, as people read them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::world::World;
use crate::base::ids::{EmployeeId, GroupId};
use crate::domain::grant::diff::{Tally, differences, fingerprint, lines, render};
use crate::domain::grant::document::{Vocabulary, parse};
use crate::domain::grant::{
    Attribute, Change, Freed, Gift, Have, History, Names, Order, Past, Plan, Sent, Slot, Stock, default_number, explain,
};
use crate::domain::thing::Kind;

struct AsWritten;

impl Vocabulary for AsWritten {
    fn key(&self, _: Kind, text: &str) -> Result<String, String> {
        Ok(text.to_lowercase())
    }

    fn attribute(&self, path: &str) -> Result<String, String> {
        Ok(path.to_owned())
    }
}

const RULES: &str = r#"
[[rule]]
name = "Sales"
group = "Sales"
priority = 10
numbers = [{ pool = "berlin", wish = true }]
extensions = [{ pool = "sales", wish = true }]
destinations = ["Zentrale"]
permissions = { call_forwarding = "manage", forwarding_reach = "paid" }
desks = [{ name = "{given_name} {family_name} Desktop", fax = true, extensions = ["own", "201"] }]

[[rule]]
name = "Support"
group = "Support"
extensions = [{ pool = "sales" }]
numbers = [{ attribute = 'phoneNumbers[type eq "work"].value' }]
permissions = { call_forwarding = "use" }
desks = [{ name = "{given_name} {family_name} Desktop", sms = true }]
"#;

struct Office {
    world: World,
    sales: GroupId,
    support: GroupId,
    ada: EmployeeId,
    max: EmployeeId,
    past: Vec<(EmployeeId, Past)>,
}

impl Office {
    fn new() -> Self {
        let mut world = World::new(90);
        let (sales, support) = (world.add_group(), world.add_group());
        let (ada, max) = (world.add_person("Ada", "Holm"), world.add_person("Max", "Ott"));
        for pool in ["sales", "berlin"] {
            world.pools.insert(pool.to_owned());
        }
        for key in ["201", "202"] {
            world.add_thing(Kind::Extension, key, Some("sales"));
        }
        world.add_thing(Kind::VoiceNumber, "+49301234500", Some("berlin"));
        world.add_thing(Kind::Destination, "zentrale", None);
        world.rules = parse(RULES, &AsWritten).unwrap();
        world.bindings = BTreeMap::from([("sales".to_owned(), sales), ("support".to_owned(), support)]);
        Self { world, sales, support, ada, max, past: Vec::new() }
    }

    /// Plans for one person, writes, and shows what happened.
    fn plan(&mut self, person: EmployeeId, change: Change) -> Plan {
        let concerned = BTreeSet::from([person]);
        let plan = self.world.settle(Change { concerned, ..change }).unwrap();
        let request = self.world.request.clone();
        let ended = plan
            .changes()
            .filter_map(|(of, change)| Some((of.employee, change.past(self.world.now, request.as_deref())?)));
        self.past.extend(ended);
        self.world.now = self.world.now.after(Duration::from_hours(24));
        plan
    }

    fn put(&mut self, person: EmployeeId, group: GroupId) -> String {
        self.world.groups.entry(group).or_default().people.insert(person);
        shown(&self.plan(person, Change::default()))
    }

    fn take(&mut self, person: EmployeeId, group: GroupId) -> String {
        self.world.groups.entry(group).or_default().people.remove(&person);
        shown(&self.plan(person, Change::default()))
    }

    fn order(&mut self, person: EmployeeId, order: Order) -> String {
        let orders = BTreeMap::from([(person, vec![order])]);
        shown(&self.plan(person, Change { orders, ..Change::default() }))
    }

    fn explained(&self, person: EmployeeId) -> String {
        let current: Vec<_> = self.world.grants.get(&person).into_iter().flat_map(BTreeMap::values).cloned().collect();
        let stock = Stock::new(self.world.things.values().cloned(), self.world.pools.clone());
        let rules = self.world.bound();
        let of_person = self.past.iter().filter(|(of, _)| *of == person);
        let past: Vec<Past> = of_person.map(|(_, past)| past.clone()).collect();
        let holds = self.world.things.values().filter_map(|thing| Some((thing.thing.id, thing.hold?)));
        let on_hold = holds.filter(|(_, hold)| hold.employee == person).map(|(id, hold)| (id, hold.until)).collect();
        let gone = BTreeMap::new();
        let history = History {
            hold: self.world.hold,
            rules: &rules,
            awaited: &stock,
            past: &past,
            on_hold: &on_hold,
            gone: &gone,
        };
        let names = Names {
            gone: gone.clone(),
            groups: BTreeMap::from([(self.sales, "Sales".to_owned()), (self.support, "Support".to_owned())]),
            employees: self.world.people.iter().map(|(id, person)| (*id, person.user_name.clone())).collect(),
        };
        let lines: Vec<String> = explain(&current, history).iter().flat_map(|one| one.in_words(&names)).collect();
        lines.join("\n")
    }
}

fn shown(plan: &Plan) -> String {
    let lines = lines(plan);
    format!("{}{}", render(&lines), Tally::of(&lines))
}

#[test]
fn a_joiner_a_second_one_for_whom_nothing_is_left_and_a_leaver() {
    let mut office = Office::new();
    let (ada, max, sales) = (office.ada, office.max, office.sales);
    insta::assert_snapshot!(office.put(ada, sales), @r#"
    + ada3  call_forwarding manage                    rule Sales
    + ada3  desk "Ada Holm Desktop"                   rule Sales
    + ada3  destination zentrale                      rule Sales
    + ada3  extension 201                             rule Sales, pool sales
    + ada3  extension 201 on desk "ada holm desktop"  rule Sales
    + ada3  forwarding_reach paid                     rule Sales
    + ada3  number +49301234500                       rule Sales, pool berlin
    1 gains
    "#);
    insta::assert_snapshot!(office.put(max, sales), @r#"
    + max4  call_forwarding manage                   rule Sales
    + max4  desk "Max Ott Desktop"                   rule Sales
    + max4  destination zentrale                     rule Sales
    + max4  extension 201 on desk "max ott desktop"  rule Sales
    + max4  extension 202                            rule Sales, pool sales
    + max4  forwarding_reach paid                    rule Sales
    ? max4  number                                   waits: pool "berlin" is empty
    1 gains, 1 waits
    "#);
    // It is on hold for her, so Max goes on waiting.
    insta::assert_snapshot!(office.take(ada, sales), @r#"
    - ada3  call_forwarding manage                    no longer in the group of rule Sales
    - ada3  desk "Ada Holm Desktop"                   no longer in the group of rule Sales
    - ada3  destination zentrale                      no longer in the group of rule Sales
    - ada3  extension 201                             no longer in the group of rule Sales; on hold
    - ada3  extension 201 on desk "ada holm desktop"  no longer in the group of rule Sales
    - ada3  forwarding_reach paid                     no longer in the group of rule Sales
    - ada3  number +49301234500                       no longer in the group of rule Sales; on hold
    1 loses
    "#);
    insta::assert_snapshot!(office.put(ada, sales), @r#"
    + ada3  call_forwarding manage                    rule Sales
    + ada3  desk "Ada Holm Desktop"                   rule Sales
    + ada3  destination zentrale                      rule Sales
    + ada3  extension 201                             rule Sales, pool sales
    + ada3  extension 201 on desk "ada holm desktop"  rule Sales
    + ada3  forwarding_reach paid                     rule Sales
    + ada3  number +49301234500                       rule Sales, pool berlin
    1 gains
    "#);
}

#[test]
fn a_mover_keeps_what_both_groups_give() {
    let mut office = Office::new();
    let (ada, sales, support) = (office.ada, office.sales, office.support);
    office.put(ada, sales);
    insta::assert_snapshot!(office.put(ada, support), @r#"
    ~ ada3  call_forwarding manage   now by rule Sales, rule Support
    ~ ada3  desk "Ada Holm Desktop"  sms on
    ~ ada3  extension 201            now by rule Sales, rule Support
    1 changes
    "#);
    insta::assert_snapshot!(office.take(ada, sales), @r#"
    - ada3  destination zentrale                      no longer in the group of rule Sales
    - ada3  extension 201 on desk "ada holm desktop"  no longer in the group of rule Sales
    - ada3  forwarding_reach paid                     no longer in the group of rule Sales
    - ada3  number +49301234500                       no longer in the group of rule Sales; on hold
    ~ ada3  call_forwarding manage → use              rule Support
    ~ ada3  desk "Ada Holm Desktop"                   fax off, own extensions off, may use 1 fewer
    ~ ada3  extension 201                             now by rule Support
    1 loses, 1 changes
    "#);
}

#[test]
fn a_wish_comes_true_once_it_can() {
    let mut office = Office::new();
    let (ada, max, sales) = (office.ada, office.max, office.sales);
    let wish = |office: &mut Office, person: EmployeeId, key: &str| {
        let sent = Sent::read(key, |text| if text.len() == 3 { Ok(text.to_owned()) } else { Err(()) });
        let known = office.world.people.get_mut(&person).unwrap();
        known.sent = sent.map(|sent| ((Kind::Extension, Attribute::Requested), sent)).into_iter().collect();
        shown(&office.plan(person, Change::default()))
    };
    office.put(ada, sales);
    insta::assert_snapshot!(wish(&mut office, max, "202"), @"nothing changes");
    office.put(max, sales);
    insta::assert_snapshot!(wish(&mut office, ada, "202"), @r#"
    ? ada3  extension 201  waits: somebody else has extension 202
    1 waits
    "#);
    insta::assert_snapshot!(wish(&mut office, ada, "nobody knows"), @r#"
    ? ada3  extension 201  waits: the IdP sends "nobody knows", which cannot be read
    1 waits
    "#);
    insta::assert_snapshot!(wish(&mut office, max, "299"), @r#"
    ? max4  extension 202  waits: extension 299 is not in stock
    1 waits
    "#);
    insta::assert_snapshot!(wish(&mut office, ada, " "), @r#"
    ~ ada3  extension 201  waits for no other any more
    1 changes
    "#);
}

#[test]
fn whose_wish_cannot_be_met_has_another_of_the_pool_meanwhile() {
    let mut office = Office::new();
    let (ada, max, sales) = (office.ada, office.max, office.sales);
    office.put(ada, sales);
    for (text, expected) in [("201", "202"), ("299", "202"), ("nobody knows", "202")] {
        let sent = Sent::read(text, |text| if text.len() == 3 { Ok(text.to_owned()) } else { Err(()) });
        let known = office.world.people.get_mut(&max).unwrap();
        known.sent = sent.map(|sent| ((Kind::Extension, Attribute::Requested), sent)).into_iter().collect();
        let plan = office.put(max, sales);
        assert!(plan.contains(&format!("+ max4  extension {expected}")), "{plan}");
        office.take(max, sales);
    }
}

/// Two rules name what one pool gave: he has it since the first gave it, and loses nothing while one of them gives it.
#[test]
fn what_somebody_has_twice_he_has_since_the_first_time_and_loses_with_the_last() {
    let mut office = Office::new();
    let (ada, sales, support) = (office.ada, office.sales, office.support);
    let rules = r#"
        [[rule]]
        name = "Pool"
        group = "Sales"
        extensions = [{ pool = "sales" }]
        [[rule]]
        name = "Name"
        group = "Support"
        extensions = ["201"]
    "#;
    office.world.rules = parse(rules, &AsWritten).unwrap();
    office.world.bindings = BTreeMap::from([("pool".to_owned(), sales), ("name".to_owned(), support)]);
    let began = office.world.now;
    office.put(ada, sales);
    office.put(ada, support);
    office.take(ada, sales);
    let had: Vec<_> = office.past.iter().map(|(_, past)| past.had.clone()).collect();
    assert_eq!(had, []);
    let since: Vec<_> = office.world.grants[&ada].values().map(|grant| grant.state.granted_at).collect();
    assert_eq!(since, [Some(began)]);
    office.take(ada, support);
    assert_eq!(office.past.len(), 1);
}

#[test]
fn what_is_given_by_hand_stays_until_it_is_taken_by_hand() {
    let mut office = Office::new();
    let (ada, sales) = (office.ada, office.sales);
    office.put(ada, sales);
    let gift = Gift::Thing { kind: Kind::Extension, key: "201".to_owned() };
    let give = Order::Give { gift, administrator: "root".to_owned() };
    insta::assert_snapshot!(office.order(ada, give), @r#"
    + ada3  extension 201  by hand (root)
    1 gains
    "#);
    insta::assert_snapshot!(office.take(ada, sales), @r#"
    - ada3  call_forwarding manage                    no longer in the group of rule Sales
    - ada3  desk "Ada Holm Desktop"                   no longer in the group of rule Sales
    - ada3  destination zentrale                      no longer in the group of rule Sales
    - ada3  extension 201 on desk "ada holm desktop"  no longer in the group of rule Sales
    - ada3  forwarding_reach paid                     no longer in the group of rule Sales
    - ada3  number +49301234500                       no longer in the group of rule Sales; on hold
    ~ ada3  extension 201                             no longer in the group of rule Sales; stays from elsewhere
    1 loses, 1 changes
    "#);
    let slot = Slot::Thing { kind: Kind::Extension, key: "201".to_owned() };
    insta::assert_snapshot!(office.order(ada, Order::Take(slot)), @r#"
    - ada3  extension 201  taken by hand; on hold
    1 loses
    "#);
}

#[test]
fn a_new_name_renames_the_desk_and_leaves_it_the_same() {
    let mut office = Office::new();
    let (ada, sales) = (office.ada, office.sales);
    office.put(ada, sales);
    let desk = |office: &Office| {
        let mut rows = office.world.rows();
        rows.find_map(|(_, row)| {
            matches!(row.state.have, Some(Have::Desk(_))).then_some((row.id, row.state.granted_at))
        })
    };
    let before = desk(&office);
    office.world.people.get_mut(&ada).unwrap().family_name = "Kern".to_owned();
    insta::assert_snapshot!(shown(&office.plan(ada, Change::default())), @r#"
    ~ ada3  desk "Ada Holm Desktop" → "Ada Kern Desktop"  another name
    ~ ada3  extension 201 on desk "ada kern desktop"      another name
    1 changes
    "#);
    assert_eq!(desk(&office), before);
}

#[test]
fn two_people_of_one_name_have_two_desks() {
    let mut office = Office::new();
    let (ada, sales) = (office.ada, office.sales);
    let other = office.world.add_person("Ada", "Holm");
    office.put(ada, sales);
    office.put(other, sales);
    let user_name = &office.world.people[&other].user_name;
    let names = BTreeSet::from(["ada holm desktop".to_owned(), format!("ada holm desktop ({user_name})")]);
    assert_eq!(office.world.desk_names(), names);
}

/// Ada has something else meanwhile and waits longest, but for what she cannot have; that she is looked at must not help her past Max.
#[test]
fn nobody_gets_ahead_by_being_looked_at_for_another_reason() {
    let mut office = Office::new();
    let (ada, max, sales, support) = (office.ada, office.max, office.sales, office.support);
    let rules = r#"
        [[rule]]
        name = "Wish"
        group = "Sales"
        extensions = [{ pool = "berlin", wish = true }]
        [[rule]]
        name = "Pool"
        group = "Support"
        extensions = [{ pool = "full" }]
    "#;
    office.world.rules = parse(rules, &AsWritten).unwrap();
    office.world.bindings = BTreeMap::from([("wish".to_owned(), sales), ("pool".to_owned(), support)]);
    office.world.pools.insert("full".to_owned());
    office.world.add_thing(Kind::Extension, "401", Some("berlin"));
    let wish = ((Kind::Extension, Attribute::Requested), Sent::Key("300".to_owned()));
    office.world.people.get_mut(&ada).unwrap().sent = BTreeMap::from([wish]);
    office.put(ada, sales);
    office.put(max, support);
    office.put(ada, support);

    let id = office.world.add_thing(Kind::Extension, "300", Some("full"));
    let mut change = Change::default();
    change.wake.add([Freed::of(&office.world.things[&id])]);
    let plan = office.world.settle(change).unwrap();
    insta::assert_snapshot!(shown(&plan), @r#"
    ? ada3  extension 401  waits: extension 300 is not in pool "berlin"
    + max4  extension 300  rule Pool, pool full
    1 gains, 1 waits
    "#);
}

#[test]
fn why_says_who_gives_it_since_when_and_what_would_take_it_away() {
    let mut office = Office::new();
    let (ada, max, sales, support) = (office.ada, office.max, office.sales, office.support);
    office.world.request = Some("4711".to_owned());
    office.put(ada, sales);
    office.put(max, sales);
    office.put(ada, support);
    office.world.request = Some("4712".to_owned());
    office.take(ada, sales);
    insta::assert_snapshot!(office.explained(ada), @r#"
    call_forwarding use
      since 2026-05-28T20:26:40Z
      by rule Support for group "Support": call_forwarding use (since 2026-05-30T20:26:40Z, request 4711)
      until group "Support" is left or rule Support no longer gives it
    desk "Ada Holm Desktop"
      since 2026-05-28T20:26:40Z
      by rule Support for group "Support": desk "{given_name} {family_name} Desktop" (since 2026-05-30T20:26:40Z, request 4711)
      until group "Support" is left or rule Support no longer gives it
    extension 201
      since 2026-05-28T20:26:40Z
      by rule Support for group "Support": one extension from pool sales (since 2026-05-30T20:26:40Z, request 4711)
      until group "Support" is left or rule Support no longer gives it; then on hold for 90 days
    destination zentrale: no longer
      from 2026-05-28T20:26:40Z until 2026-05-31T20:26:40Z: no longer in the group of rule Sales, request 4712
      by rule Sales for group "Sales": destination zentrale (since 2026-05-28T20:26:40Z, request 4711)
    call_forwarding manage: no longer
      from 2026-05-28T20:26:40Z until 2026-05-31T20:26:40Z: no longer in the group of rule Sales, request 4712
      by rule Sales for group "Sales": call_forwarding manage (since 2026-05-28T20:26:40Z, request 4711)
      by rule Support for group "Support": call_forwarding use (since 2026-05-30T20:26:40Z, request 4711)
    forwarding_reach paid: no longer
      from 2026-05-28T20:26:40Z until 2026-05-31T20:26:40Z: no longer in the group of rule Sales, request 4712
      by rule Sales for group "Sales": forwarding_reach paid (since 2026-05-28T20:26:40Z, request 4711)
    extension 201 on desk "ada holm desktop": no longer
      from 2026-05-28T20:26:40Z until 2026-05-31T20:26:40Z: no longer in the group of rule Sales, request 4712
      by rule Sales for group "Sales": extension 201 on desk "ada holm desktop" (since 2026-05-28T20:26:40Z, request 4711)
    number +49301234500: no longer
      from 2026-05-28T20:26:40Z until 2026-05-31T20:26:40Z: no longer in the group of rule Sales, request 4712
      on hold for him until 2026-08-29T20:26:40Z
      by rule Sales for group "Sales": one number from pool berlin (since 2026-05-28T20:26:40Z, request 4711)
    "#);
    insta::assert_snapshot!(office.explained(max), @r#"
    destination zentrale
      since 2026-05-29T20:26:40Z
      by rule Sales for group "Sales": destination zentrale (since 2026-05-29T20:26:40Z, request 4711)
      until group "Sales" is left or rule Sales no longer gives it
    call_forwarding manage
      since 2026-05-29T20:26:40Z
      by rule Sales for group "Sales": call_forwarding manage (since 2026-05-29T20:26:40Z, request 4711)
      until group "Sales" is left or rule Sales no longer gives it
    forwarding_reach paid
      since 2026-05-29T20:26:40Z
      by rule Sales for group "Sales": forwarding_reach paid (since 2026-05-29T20:26:40Z, request 4711)
      until group "Sales" is left or rule Sales no longer gives it
    desk "Max Ott Desktop"
      since 2026-05-29T20:26:40Z
      by rule Sales for group "Sales": desk "{given_name} {family_name} Desktop" (since 2026-05-29T20:26:40Z, request 4711)
      until group "Sales" is left or rule Sales no longer gives it
    extension 201 on desk "max ott desktop"
      since 2026-05-29T20:26:40Z
      by rule Sales for group "Sales": extension 201 on desk "max ott desktop" (since 2026-05-29T20:26:40Z, request 4711)
      until group "Sales" is left or rule Sales no longer gives it
    number: not yet
      waits: pool "berlin" is empty
      by rule Sales for group "Sales": one number from pool berlin (since 2026-05-29T20:26:40Z, request 4711)
      until group "Sales" is left or rule Sales no longer gives it
    extension 202
      since 2026-05-29T20:26:40Z
      by rule Sales for group "Sales": one extension from pool sales (since 2026-05-29T20:26:40Z, request 4711)
      until group "Sales" is left or rule Sales no longer gives it; then on hold for 90 days
    "#);
}

#[test]
fn the_default_number_is_that_of_the_rule_with_the_highest_priority_then_the_oldest_unless_one_is_chosen() {
    let mut office = Office::new();
    let (ada, sales) = (office.ada, office.sales);
    let by_hand = office.world.add_thing(Kind::VoiceNumber, "+49301111", None);
    let gift = Gift::Thing { kind: Kind::VoiceNumber, key: "+49301111".to_owned() };
    office.order(ada, Order::Give { gift, administrator: "root".to_owned() });
    let default = |office: &Office, chosen| default_number(office.world.grants[&ada].values(), chosen);
    assert_eq!(default(&office, None), Some(by_hand));
    office.put(ada, sales);
    let by_rule = office.world.thing(Kind::VoiceNumber, "+49301234500").unwrap().thing.id;
    assert_eq!(default(&office, None), Some(by_rule));
    assert_eq!(default(&office, Some(by_hand)), Some(by_hand));
    let foreign = office.world.add_thing(Kind::VoiceNumber, "+49302222", None);
    assert_eq!(default(&office, Some(foreign)), Some(by_rule));
    for rule in &mut office.world.rules.rules {
        rule.priority = 0;
    }
    office.plan(ada, Change::default());
    assert_eq!(default(&office, None), Some(by_hand));
}

#[test]
fn a_plan_that_is_made_again_has_the_same_fingerprint_until_something_else_happens() {
    let mut office = Office::new();
    let (ada, max, sales) = (office.ada, office.max, office.sales);
    let plan = |office: &Office| {
        let mut copy = office.world.clone();
        copy.groups.entry(sales).or_default().people.insert(ada);
        lines(&copy.settle(Change { concerned: BTreeSet::from([ada]), ..Change::default() }).unwrap())
    };
    let shown = plan(&office);
    office.world.now = office.world.now.after(Duration::from_hours(1));
    assert_eq!(fingerprint(&plan(&office)), fingerprint(&shown));
    office.put(max, sales);
    let now = plan(&office);
    assert_ne!(fingerprint(&now), fingerprint(&shown));
    let (gone, new) = differences(&shown, &now);
    insta::assert_snapshot!(format!("gone\n{}new\n{}", render(&gone), render(&new)), @r#"
    gone
    + ada3  extension 201        rule Sales, pool sales
    + ada3  number +49301234500  rule Sales, pool berlin
    new
    + ada3  extension 202  rule Sales, pool sales
    ? ada3  number         waits: pool "berlin" is empty
    "#);
}

#[test]
fn a_plan_is_json() {
    let mut office = Office::new();
    office.world.groups.entry(office.support).or_default().people.insert(office.ada);
    let change = Change { concerned: BTreeSet::from([office.ada]), ..Change::default() };
    let mut plan = office.world.settle(change).unwrap();
    for employee in &mut plan.employees {
        employee.grants.retain(|change| matches!(change.slot, Slot::Pool { .. }));
    }
    insta::assert_json_snapshot!(plan, @r#"
    {
      "employees": [
        {
          "employee": "00000000-0000-0000-0000-000000000003",
          "user_name": "ada3",
          "grants": [
            {
              "slot": "pool:extension:1:sales",
              "renamed_from": null,
              "grant": null,
              "before": null,
              "after": {
                "have": {
                  "thing": {
                    "id": "00000000-0000-0000-0000-000000000005",
                    "kind": "extension",
                    "key": "201",
                    "name": "201"
                  }
                },
                "granted_at": "2026-05-28T20:26:40Z",
                "wait": null,
                "sources": [
                  {
                    "by": "rule",
                    "rule": "Support",
                    "group": "00000000-0000-0000-0000-000000000002",
                    "at": "2026-05-28T20:26:40Z"
                  }
                ]
              },
              "losses": [],
              "detail": null,
              "still_held": false
            }
          ]
        }
      ],
      "things": [
        {
          "thing": {
            "id": "00000000-0000-0000-0000-000000000005",
            "kind": "extension",
            "key": "201",
            "name": "201"
          },
          "fate": "taken",
          "by": "00000000-0000-0000-0000-000000000003"
        }
      ],
      "freed": []
    }
    "#);
}

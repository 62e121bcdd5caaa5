//! What a preview says is what happens (D5): random rules over random histories of people, groups and stock.
//!
//! `DESKGATE_SEED` repeats a run.

use std::time::Duration;

use deskgate::app::administration::rules::RulesText;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{Firm, told};
use crate::world::idp::{PATCH_OP, TELEPHONY};
use crate::world::on_each_engine;

/// How many changes of rules a run makes.
const CHANGES: usize = 1_000;
const PEOPLE: usize = 10;
const GROUPS: [&str; 4] = ["Sales", "Berlin", "Chefs", "All"];
const POOLS: [&str; 2] = ["sales", "berlin"];

/// A tenant to which things happen.
struct History<'f> {
    firm: &'f Firm,
    rng: Rng,
    people: Vec<String>,
    groups: Vec<String>,
}

impl<'f> History<'f> {
    async fn begin(firm: &'f Firm, seed: u64) -> Self {
        let mut people = Vec::new();
        for n in 0..PEOPLE {
            people.push(firm.person(&format!("p{n}")).await);
        }
        let mut groups = Vec::new();
        for name in GROUPS {
            groups.push(firm.group(name, &[]).await);
        }
        // Everybody in Sales is in All.
        firm.member(&groups[3], "add", &groups[0]).await;
        for name in POOLS {
            firm.pool(name).await;
        }
        for n in 0..14 {
            firm.thing("extension", &format!("2{n:02}"), [Some("sales"), Some("berlin"), None][n % 3]).await;
        }
        for n in 0..6 {
            let key = format!("+49301234{n:03}");
            firm.thing("voice_number", &key, [Some("sales"), Some("berlin")][n % 2]).await;
        }
        for n in 0..3 {
            firm.thing("device", &format!("phone-{n}"), Some("berlin")).await;
        }
        firm.thing("destination", "zentrale", None).await;
        firm.thing("shared_fax", "+49301234999", None).await;
        Self { firm, rng: Rng::with_seed(seed), people, groups }
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.rng.usize(..of.len())].clone()
    }

    /// Something happens to people, groups or stock.
    async fn event(&mut self) {
        let (person, group) = (self.one(&self.people.clone()), self.one(&self.groups.clone()));
        match self.rng.u8(..10) {
            0..=3 => self.firm.member(&group, "add", &person).await,
            4 | 5 => self.firm.member(&group, "remove", &person).await,
            6 => {
                let wanted: Value = match self.rng.u8(..3) {
                    0 => Value::Null,
                    1 => json!("nonsense 7"),
                    _ => json!(format!("2{:02}", self.rng.u8(..14))),
                };
                let (op, path) =
                    (if wanted.is_null() { "remove" } else { "replace" }, format!("{TELEPHONY}:requestedExtension"));
                let mut operation = json!({"op": op, "path": path});
                if !wanted.is_null() {
                    operation["value"] = wanted;
                }
                let body = json!({"schemas": [PATCH_OP], "Operations": [operation]});
                let answer = self.firm.scim("PATCH", &format!("/Users/{person}"), &body).await;
                assert!([200, 204, 400].contains(&answer.status), "{answer:?}");
            }
            7 => {
                // The stock: out of use, or back.
                let database = &self.firm.house.database;
                let at = if self.rng.bool() { "NULL" } else { "created_at" };
                let key = format!("2{:02}", self.rng.u8(..14));
                database.execute(&format!("UPDATE things SET disabled_at = {at} WHERE key = '{key}'")).await;
            }
            8 => {
                // An administrator frees what is on hold.
                let sql = "UPDATE things SET held_until = NULL, held_for = NULL WHERE held_until IS NOT NULL";
                self.firm.house.database.execute(sql).await;
            }
            _ => self.firm.house.clock.turn(Duration::from_hours(24 * self.rng.u64(1..60))),
        }
    }

    fn entry(&mut self) -> (&'static str, String) {
        let pool = self.one(&["sales", "berlin", "Sales", "none"]);
        let count = self.rng.u8(1..3);
        match self.rng.u8(..9) {
            0 | 1 => ("extensions", format!("{{ pool = \"{pool}\", count = {count} }}")),
            2 => ("extensions", format!("{{ pool = \"{pool}\", wish = true }}")),
            3 => ("extensions", format!("\"2{:02}\"", self.rng.u8(..16))),
            4 => ("numbers", format!("{{ pool = \"{pool}\" }}")),
            5 => ("numbers", format!("\"+4930123400{}\"", self.rng.u8(..8))),
            6 => ("devices", "{ pool = \"berlin\" }".to_owned()),
            7 => ("destinations", "\"Zentrale\"".to_owned()),
            _ => ("shared_faxes", "\"+49301234999\"".to_owned()),
        }
    }

    /// A document of a few rules.
    fn rules(&mut self) -> String {
        let mut document = String::new();
        let count = self.rng.usize(..5);
        for name in &["Sales", "Berlin", "Chefs", "Extra"][..count.min(4)] {
            let group = if self.rng.u8(..8) == 0 { "Nobody" } else { GROUPS[self.rng.usize(..GROUPS.len())] };
            document.push_str(&format!("[[rule]]\nname = \"{name}\"\ngroup = \"{group}\"\n"));
            if self.rng.bool() {
                document.push_str(&format!("priority = {}\n", self.rng.u8(..5)));
            }
            let mut sections = std::collections::BTreeMap::<&str, Vec<String>>::new();
            for _ in 0..self.rng.usize(1..4) {
                let (section, entry) = self.entry();
                let entries = sections.entry(section).or_default();
                let pool = |entry: &str| entry.to_lowercase().split('"').nth(1).map(str::to_owned);
                if !entries.iter().any(|known| pool(known) == pool(&entry)) {
                    entries.push(entry);
                }
            }
            for (section, entries) in sections {
                document.push_str(&format!("{section} = [{}]\n", entries.join(", ")));
            }
            if self.rng.u8(..3) == 0 {
                let level = self.one(&["none", "use", "manage"]);
                document.push_str(&format!("permissions = {{ mailboxes = \"{level}\" }}\n"));
            }
            if self.rng.u8(..3) == 0 {
                let name = self.one(&["Empfang", "{user_name} Desktop", "{user_name} Mobil"]);
                let fax = self.rng.bool();
                document.push_str(&format!(
                    "desks = [{{ name = \"{name}\", fax = {fax}, extensions = [\"own\", \"200\"] }}]\n"
                ));
            }
        }
        document
    }
}

on_each_engine! {
    async fn d5_the_preview_of_a_change_of_rules_is_its_result(firm: Firm) {
        let seed = std::env::var("DESKGATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
        println!("DESKGATE_SEED={seed}");
        let mut history = History::begin(&firm, seed).await;
        let (mut changed, mut waits) = (0, 0);
        for step in 0..CHANGES {
            for _ in 0..history.rng.u8(..3) {
                history.event().await;
            }
            let rules = RulesText::Toml(history.rules());
            let plan = firm.plan_of(rules.clone()).await;
            // With the fingerprint it would be refused, were it anything else.
            let applied = firm.try_apply(rules.clone(), Some(&plan)).await.unwrap_or_else(|error| panic!("{step}: {error:?}"));
            assert_eq!(told(&applied.lines), told(&plan.lines), "change {step}");
            let again = firm.plan_of(rules).await;
            assert!(again.in_force && again.lines.is_empty(), "change {step}: {:?}", told(&again.lines));
            changed += usize::from(!plan.lines.is_empty());
            waits += plan.lines.iter().filter(|line| line.marker.sign() == '?').count();
        }
        // It was worth the while.
        assert!(changed > CHANGES / 2 && waits > CHANGES / 10, "{changed} {waits}");
    }
}

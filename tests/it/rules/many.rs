//! Rules that concern more people than one unit of work plans for.

use std::collections::BTreeSet;

use deskgate::app::administration::AdministrationError;
use deskgate::app::administration::rules::RulesText;
use serde_json::{Value, json};

use super::{Firm, one_extension};
use crate::world::on_each_engine;

const PEOPLE: usize = 2_300;

impl Firm {
    /// So many people at once, and all of them in a group.
    async fn crowd(&self, group: &str, count: usize) -> Vec<String> {
        let ids: Vec<String> = (0..count).map(|_| uuid::Uuid::now_v7().to_string()).collect();
        let database = &self.house.database;
        database.employ(&ids).await;
        self.fill(group).await;
        ids
    }

    /// Puts everybody into a group, past the daemon.
    async fn fill(&self, group: &str) {
        let database = &self.house.database;
        let sql = format!(
            "INSERT INTO group_members (tenant_id, group_id, employee_id)
             SELECT tenant_id, {}, id FROM employees WHERE true ON CONFLICT DO NOTHING",
            database.literal(group)
        );
        database.execute(&sql).await;
    }

    async fn extensions(&self, count: usize) {
        for chunk in (0..count).collect::<Vec<_>>().chunks(500) {
            let database = &self.house.database;
            let now = if database.file().is_some() { "1" } else { "now()" };
            let rows: Vec<String> = chunk
                .iter()
                .map(|n| {
                    let id = database.literal(&uuid::Uuid::now_v7().to_string());
                    format!("({id}, '{}')", 10_000 + n)
                })
                .collect();
            let id = if database.file().is_some() { "v.column1" } else { "CAST(v.column1 AS uuid)" };
            let sql = format!(
                "INSERT INTO things (tenant_id, id, kind, class, key, sort_key, pool_id, version, created_at, updated_at)
                 SELECT p.tenant_id, {id}, 'extension', 'extension', v.column2, v.column2, p.id, 1, {now}, {now}
                 FROM pools p, (VALUES {}) AS v",
                rows.join(", ")
            );
            assert_eq!(database.execute(&sql).await, chunk.len() as u64);
        }
    }

    async fn holders(&self) -> i64 {
        self.house.database.number("SELECT count(DISTINCT holder_id) FROM things").await
    }
}

on_each_engine! {
    async fn d5_rules_for_thousands_are_planned_whole_and_carried_out_in_parts(firm: Firm) {
        let sales = firm.group("Sales", &[]).await;
        firm.crowd(&sales, PEOPLE).await;
        firm.pool("sales").await;
        firm.extensions(PEOPLE - 100).await;
        let rules = one_extension("Sales", "Sales");
        let plan = firm.plan(&rules).await;
        let applied = firm.try_apply(deskgate::app::administration::rules::RulesText::Toml(rules), Some(&plan)).await.unwrap();
        assert_eq!((applied.put_off, applied.lines.len()), (PEOPLE - 250, PEOPLE));
        assert_eq!(firm.house.database.count("replans").await, 0);
        // What was planned is what everybody has.
        assert_eq!(firm.holders().await, PEOPLE as i64 - 100);
        let sql = "SELECT e.user_name || ' extension ' || t.key FROM things t JOIN employees e ON e.id = t.holder_id";
        let has: BTreeSet<String> = firm.house.database.texts(sql).await.into_iter().collect();
        let gains = plan.lines.iter().filter(|line| line.marker.sign() == '+');
        assert_eq!(has, gains.map(|line| format!("{} {}", line.user_name, line.what)).collect());
        let waiting = "SELECT count(*) FROM grants WHERE waits_for IS NOT NULL";
        assert_eq!(firm.house.database.number(waiting).await, 100);

        // Everybody loses it, and who waits for it gets nothing of it.
        let gone = firm.plan("").await;
        let applied = firm.apply("").await;
        assert_eq!((applied.lines.len(), &applied.lines), (PEOPLE, &gone.lines));
        assert_eq!(firm.holders().await, 0);
        assert_eq!(firm.house.database.count("grants").await, 0);
    }
}

on_each_engine! {
    async fn who_is_still_on_the_list_after_a_crash_is_planned_for_at_the_next_start(firm: Firm) {
        let sales = firm.group("Sales", &[]).await;
        firm.pool("sales").await;
        firm.extensions(PEOPLE).await;
        firm.apply(&one_extension("Sales", "Sales")).await;
        // As the first part of a change leaves it: members whom nobody has planned for yet, and the list of them.
        firm.crowd(&sales, PEOPLE).await;
        let position = "row_number() OVER ()";
        let sql = format!(
            "INSERT INTO replans (tenant_id, employee_id, position) SELECT tenant_id, id, {position} FROM employees"
        );
        firm.house.database.execute(&sql).await;
        let other = firm.house.replica().await;
        assert_eq!(other.resume_planning().await.unwrap(), 1);
        assert_eq!(firm.holders().await, PEOPLE as i64);
        assert_eq!(firm.house.database.count("replans").await, 0);
        assert_eq!(other.resume_planning().await.unwrap(), 0);
        let actors = firm.house.database.texts("SELECT DISTINCT actor FROM audit_records WHERE action = 'grants.changed'");
        assert_eq!(actors.await, ["daemon"]);
    }
}

on_each_engine! {
    /// Somebody on the list who is planned for another reason is right already.
    async fn a_member_on_the_list_may_be_written_meanwhile(firm: Firm) {
        let ada = firm.person("ada").await;
        let sales = firm.group("Sales", &[]).await;
        firm.pool("sales").await;
        firm.thing("extension", "201", Some("sales")).await;
        firm.apply(&one_extension("Sales", "Sales")).await;
        firm.house
            .database
            .execute("INSERT INTO replans (tenant_id, employee_id, position) SELECT tenant_id, id, 1 FROM employees")
            .await;
        firm.member(&sales, "add", &ada).await;
        assert_eq!(firm.has(&ada).await, ["extension 201"]);
        firm.house.app.resume_planning().await.unwrap();
        assert_eq!(firm.has(&ada).await, ["extension 201"]);
        let changes = "SELECT count(*) FROM audit_records WHERE action = 'grants.changed'";
        assert_eq!(firm.house.database.number(changes).await, 1);
    }
}

fn announcements_for_support(mailboxes: &str) -> String {
    format!(
        "[[rule]]\nname = \"Sales\"\ngroup = \"Sales\"\npermissions = {{ mailboxes = \"{mailboxes}\" }}\n\
         [[rule]]\nname = \"Support\"\ngroup = \"Support\"\npermissions = {{ announcements = \"use\" }}\n"
    )
}

async fn employed(firm: &Firm, count: usize) -> Vec<String> {
    let ids: Vec<String> = (0..count).map(|_| uuid::Uuid::now_v7().to_string()).collect();
    firm.house.database.employ(&ids).await;
    ids
}

fn adding(ids: &[String]) -> Value {
    let members: Vec<Value> = ids.iter().map(|id| json!({"value": id})).collect();
    json!([{"op": "add", "path": "members", "value": members}])
}

on_each_engine! {
    async fn d5_what_is_applied_was_shown_also_where_others_join_meanwhile(firm: Firm) {
        let sales = firm.group("Sales", &[]).await;
        firm.crowd(&sales, 400).await;
        firm.apply(&announcements_for_support("use")).await;
        for round in 0..6 {
            let newcomers = employed(&firm, 30).await;
            let rules = announcements_for_support(if round % 2 == 0 { "manage" } else { "use" });
            let plan = firm.plan(&rules).await;
            let join = async {
                // At another moment of the other's work each time.
                for _ in 0..round * 10 {
                    tokio::task::yield_now().await;
                }
                firm.patch_group(&sales, adding(&newcomers)).await.expect(204);
            };
            let apply = firm.try_apply(RulesText::Toml(rules.clone()), Some(&plan));
            match futures_util::future::join(apply, join).await.0 {
                Ok(applied) => assert_eq!(applied.lines, plan.lines),
                Err(AdministrationError::PlanChanged(changed)) => assert_eq!(changed.new.len(), 30, "{changed:?}"),
                Err(other) => panic!("{other:?}"),
            }
            let lost = "SELECT count(*) FROM past_grants WHERE employee_id IN
                            (SELECT id FROM employees ORDER BY seq DESC LIMIT 30)";
            assert_eq!(firm.house.database.number(lost).await, 0, "what was not shown");
            firm.apply(&rules).await;
        }
    }
}

on_each_engine! {
    async fn who_is_planned_for_in_parts_is_so_on_the_word_of_his_own_request(firm: Firm) {
        let (sales, support) = (firm.group("Sales", &[]).await, firm.group("Support", &[]).await);
        firm.apply(&announcements_for_support("use")).await;
        let (sellers, helpers) = (employed(&firm, 600).await, employed(&firm, 600).await);
        let both = futures_util::future::join(
            firm.patch_group(&sales, adding(&sellers)),
            firm.patch_group(&support, adding(&helpers)),
        );
        let (one, other) = both.await;
        one.expect(204);
        other.expect(204);
        let causes = "SELECT DISTINCT g.slot || ' ' || a.cause FROM audit_records a
                      JOIN grants g ON g.tenant_id = a.tenant_id AND g.employee_id = a.subject_id
                      WHERE a.action = 'grants.changed'";
        let causes = firm.house.database.texts(causes).await;
        let of = |slot: &str| causes.iter().filter(|cause| cause.starts_with(slot)).count();
        assert_eq!((causes.len(), of("permission:mailboxes"), of("permission:announcements")), (2, 1, 1), "{causes:?}");
        assert_eq!(firm.house.database.count("grants").await, 1_200);
    }
}

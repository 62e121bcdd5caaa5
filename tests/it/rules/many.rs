//! Rules that concern more people than one unit of work plans for.

use std::collections::BTreeSet;

use super::{Firm, one_extension};
use crate::world::on_each_engine;

const PEOPLE: usize = 2_300;

impl Firm {
    /// So many people at once, and all of them in a group.
    async fn crowd(&self, group: &str) -> Vec<String> {
        let ids: Vec<String> = (0..PEOPLE).map(|_| uuid::Uuid::now_v7().to_string()).collect();
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
        firm.crowd(&sales).await;
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
        firm.crowd(&sales).await;
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

//! What is kept beside the employees follows them: look-up keys and head counts.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::world::daemon::Daemon;
use crate::world::idp::{Idp, id, user, with};
use crate::world::on_each_engine;

const ORPHANS: &str = "SELECT count(*) FROM employee_keys k WHERE NOT EXISTS
    (SELECT 1 FROM employees e WHERE e.tenant_id = k.tenant_id AND e.id = k.employee_id)";
const MISCOUNTED: &str = "SELECT count(*) FROM
    (SELECT tenant_id, connection_id, seq >> 8 AS bucket, 1 AS n FROM employees
     UNION ALL SELECT tenant_id, connection_id, bucket, -employees FROM employee_counts) AS both_sides
    GROUP BY tenant_id, connection_id, bucket HAVING sum(n) <> 0";

async fn everything_fits(daemon: &Daemon) {
    assert_eq!(daemon.database.number(ORPHANS).await, 0, "keys of nobody");
    let wrong = format!("SELECT count(*) FROM ({MISCOUNTED}) AS wrong");
    assert_eq!(daemon.database.number(&wrong).await, 0, "buckets that are miscounted");
}

async fn total(idp: &Idp) -> Value {
    idp.get("/Users?count=0").await.expect(200).json()["totalResults"].clone()
}

fn seed() -> u64 {
    std::env::var("DESKGATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..))
}

/// One of the things that happen to a user, by chance; keeps `users` in step.
async fn something(idp: &Idp, rng: &mut fastrand::Rng, users: &mut Vec<(String, String)>, next: &mut u32) {
    let mail = |rng: &mut fastrand::Rng| {
        let all = ["a@x", "A@X", "b@x", "c@x"];
        let some: Vec<Value> = (0..rng.usize(0..3)).map(|_| json!({"value": all[rng.usize(..all.len())]})).collect();
        json!(some)
    };
    match (rng.u8(0..10), users.is_empty()) {
        (0..4, _) | (_, true) => {
            let name = format!("r{next}");
            *next += 1;
            let created = idp.create(&with(user(&name), json!({"emails": mail(rng)}))).await;
            users.push((id(&created).to_owned(), name));
        }
        (4..6, _) => {
            let (id, _) = &users[rng.usize(..users.len())];
            let emails = mail(rng);
            idp.patch(id, json!([{"op": "replace", "path": "emails", "value": emails}])).await.expect(200);
        }
        (6, _) => {
            let (id, name) = &users[rng.usize(..users.len())];
            idp.put(id, &with(user(name), json!({"emails": mail(rng), "active": rng.bool()}))).await.expect(200);
        }
        (7, _) => {
            // Away and back again: the same id.
            let (old, name) = users[rng.usize(..users.len())].clone();
            idp.delete(&old).await.expect(204);
            assert_eq!(id(&idp.create(&with(user(&name), json!({"emails": mail(rng)}))).await), old);
        }
        _ => {
            let (id, _) = users.swap_remove(rng.usize(..users.len()));
            idp.delete(&id).await.expect(204);
        }
    }
}

on_each_engine! {
    async fn keys_and_counts_follow_whatever_happens(daemon: Daemon) {
        let seed = seed();
        println!("DESKGATE_SEED={seed}");
        let idps = [daemon.tenant("acme"), daemon.tenant("other")];
        let lives = idps.iter().zip(0u64..).map(|(idp, number)| async move {
            let mut rng = fastrand::Rng::with_seed(seed.wrapping_add(number));
            let (mut users, mut next) = (Vec::new(), 0);
            for _ in 0..120 {
                something(idp, &mut rng, &mut users, &mut next).await;
            }
            assert_eq!(total(idp).await, users.len());
            let mut listed = idp.found("id pr").await;
            listed.sort();
            users.sort();
            assert_eq!(listed, users.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>());
        });
        join_all(lives).await;
        everything_fits(&daemon).await;
    }
}

on_each_engine! {
    /// PostgreSQL adds a row per change and folds them when a list finds more than 2,048; SQLite has one row a bucket.
    /// Either way a list tells the truth, also while the rows are folded under it.
    async fn head_counts_are_folded_without_a_lie(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let mut made = Vec::new();
        for part in 0..18 {
            let idp = &idp;
            made.extend(join_all((0..64).map(|number| async move {
                let created = idp.create(&user(&format!("f{part}-{number}"))).await;
                id(&created).to_owned()
            })).await);
        }
        let (gone, kept) = made.split_at(1000);
        for part in gone.chunks(64) {
            for answer in join_all(part.iter().map(|id| idp.delete(id))).await {
                answer.expect(204);
            }
        }
        let rows = || daemon.database.count("employee_counts");
        let folded = i64::from(u16::try_from(made.len()).unwrap());
        assert!(daemon.database.file().is_some() || rows().await > 2048, "not enough to be folded");
        // Folding is begun by a list and waited for by nobody.
        loop {
            assert_eq!(total(&idp).await, kept.len());
            let writer = idp.create(&user("beside")).await;
            assert_eq!(total(&idp).await, kept.len() + 1);
            idp.delete(id(&writer)).await.expect(204);
            if rows().await < folded {
                break;
            }
        }
        everything_fits(&daemon).await;
        let mut listed = idp.found("id pr").await;
        listed.sort();
        let mut kept = kept.to_vec();
        kept.sort();
        assert_eq!(listed, kept);
    }
}

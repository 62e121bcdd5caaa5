//! A token and its successor (I1, C4): how long each lives, and that nobody is refused meanwhile.

use std::sync::Arc;
use std::time::Duration;

use deskgate::app::limits::ScimLimits;
use deskgate::base::ids::TokenId;
use tokio::sync::RwLock;
use tokio_util::sync::CancellationToken;

use super::HERE;
use crate::world::database::Engine;
use crate::world::on_each_engine;
use crate::world::tenancy::{House, KEY, PUBLIC_URL, router};

const DAY: Duration = Duration::from_hours(24);

on_each_engine! {
    async fn i1_a_successor_lives_as_long_as_the_first_one_was_made_to(house: House) {
        house.bare_tenant("acme").await;
        for (lifetime, label) in [(Some(DAY * 90), "ninety days"), (None, "for ever")] {
            let first = house.token("acme", label, lifetime).await.summary;
            let ends = |from: Duration| lifetime.map(|lifetime| first.created_at.after(from + lifetime));
            assert_eq!(first.expires_at, ends(Duration::ZERO));
            // The successor was entered wrong and is taken back: the old one, which ends tomorrow, gets another.
            let mut passed = Duration::ZERO;
            for _ in 0..3 {
                let next = house.app.rotate_token("acme", first.id, None, DAY, "test").await.unwrap().summary;
                assert_eq!(next.expires_at, ends(passed), "{label}");
                house.app.revoke_token("acme", next.id, "test").await.unwrap();
                house.clock.turn(Duration::from_hours(1));
                passed += Duration::from_hours(1);
            }
            // What is said counts, for the successor's own successor too.
            let named = house.app.rotate_token("acme", first.id, Some(DAY * 7), Duration::ZERO, "test").await.unwrap().summary;
            assert_eq!(named.expires_at, Some(named.created_at.after(DAY * 7)));
            let last = house.app.rotate_token("acme", named.id, None, Duration::ZERO, "test").await.unwrap().summary;
            assert_eq!(last.expires_at, Some(last.created_at.after(DAY * 7)));
            house.app.revoke_token("acme", last.id, "test").await.unwrap();
        }
    }
}

/// A house in which nobody is told that he asks too often.
struct Busy(House);

/// A bucket that lasts for much longer than the clock is turned by: who has looked at the clock just before it is turned
/// asks in the past of those who looked after it.
const UNLIMITED: ScimLimits = ScimLimits { rate: 1_000, burst: 1_000_000 };

impl Busy {
    async fn open(engine: Engine) -> Self {
        Self(House::with(engine, PUBLIC_URL, UNLIMITED).await)
    }
}

/// A token that is good for as long as nobody has the lock for writing.
struct Good {
    id: TokenId,
    text: String,
    in_use: RwLock<()>,
}

/// How often the token is rotated: hundreds of times, or as `DESKGATE_TEST_ROTATIONS` says (C4 asks for 10,000).
fn rounds() -> u32 {
    std::env::var("DESKGATE_TEST_ROTATIONS").ok().map_or(200, |rounds| rounds.parse().expect("a number of rounds"))
}

on_each_engine! {
    /// Two processes on one database, clients that ask with the old token and with the new one, and an operator who
    /// rotates, waits until nobody uses the old one, and takes it back. Whatever is good by the rules is let in; what was
    /// taken back is refused a second later.
    async fn c4_no_good_token_is_refused_while_it_is_rotated_under_load(busy: Busy) {
        let house = busy.0;
        house.bare_tenant("acme").await;
        let good = |made: deskgate::app::tokens::CreatedToken| {
            Arc::new(Good { id: made.summary.id, text: made.token.reveal().to_owned(), in_use: RwLock::default() })
        };
        let current = Arc::new(RwLock::new(vec![good(house.token("acme", "one", None).await)]));
        let over = CancellationToken::new();
        let processes = [router(&house.app), router(&house.replica_with(KEY, UNLIMITED).await)];
        let clients: Vec<_> = (0..4_usize)
            .map(|number| {
                let (current, over, process) = (Arc::clone(&current), over.clone(), processes[number % 2].clone());
                tokio::spawn(async move {
                    let mut asked = 0_u64;
                    while !over.is_cancelled() {
                        let token = {
                            let current = current.read().await;
                            Arc::clone(&current[number / 2 % current.len()])
                        };
                        // Who comes too late looks again which tokens are good.
                        let Ok(_in_use) = token.in_use.try_read() else {
                            tokio::task::yield_now().await;
                            continue;
                        };
                        let bearer = format!("Bearer {}", token.text);
                        let headers = [("authorization", bearer.as_str())];
                        let answer = House::ask_of(process.clone(), HERE, "GET", "/scim/v2/Users?count=1", &headers, "").await;
                        assert_eq!(answer.status, 200, "request {asked} of client {number}: {answer:?}");
                        asked += 1;
                    }
                    asked
                })
            })
            .collect();
        for _ in 0..rounds() {
            let old = Arc::clone(&current.read().await[0]);
            let new = good(house.app.rotate_token("acme", old.id, None, DAY, "test").await.unwrap());
            *current.write().await = vec![Arc::clone(&old), Arc::clone(&new)];
            tokio::task::yield_now().await;
            *current.write().await = vec![new];
            let _nobody = old.in_use.write().await;
            house.app.revoke_token("acme", old.id, "test").await.unwrap();
            house.clock.turn(Duration::from_secs(1));
            for process in &processes {
                let bearer = format!("Bearer {}", old.text);
                let answer = House::ask_of(process.clone(), HERE, "GET", "/scim/v2/Users", &[("authorization", &bearer)], "").await;
                answer.refused(401, None);
            }
        }
        over.cancel();
        let mut asked = 0;
        for client in clients {
            asked += client.await.unwrap();
        }
        assert!(asked > u64::from(rounds()), "only {asked} requests met {} rotations", rounds());
    }
}

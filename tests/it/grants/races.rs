//! Many who want the same at once.

use futures_util::future::join_all;

use super::{Firm, one_extension};
use crate::world::on_each_engine;

on_each_engine! {
    async fn x15_of_many_who_want_the_last_one_at_once_one_has_it_and_the_others_wait(firm: Firm) {
        firm.hold_days(0).await;
        firm.extensions("sales", 201, 1).await;
        firm.rules(&one_extension("Sales", "sales")).await;
        let mut ids = Vec::new();
        for n in 0..12 {
            ids.push(firm.user(&format!("u{n}")).await);
        }
        let sales = firm.group("Sales", &[]).await;
        for _ in 0..5 {
            join_all(ids.iter().map(|id| firm.join(&sales, id))).await;
            let taken = "SELECT CAST(count(*) AS text) FROM grants WHERE thing_id IS NOT NULL";
            assert_eq!(firm.house.database.texts(taken).await, ["1"]);
            assert_eq!(firm.waiting().await.len(), 11);
            join_all(ids.iter().map(|id| firm.leave(&sales, id))).await;
            assert_eq!(firm.house.database.count("grants").await, 0);
        }
    }
}

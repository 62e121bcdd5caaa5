//! What would come of people in other groups, and of another stock.

use std::collections::BTreeSet;

use deskgate::app::administration::AdministrationError;
use deskgate::app::administration::preview::{Assignment, NewInStock, StockChange, WhatIf};
use deskgate::base::ids::{EmployeeId, GroupId, ThingId};
use deskgate::domain::grant::diff::Line;
use deskgate::domain::thing::Kind;

use super::{Firm, one_extension, told};
use crate::world::on_each_engine;

impl Firm {
    async fn what_if(&self, what_if: WhatIf) -> Result<Vec<Line>, AdministrationError> {
        self.house.app.administration().preview(self.author.scope(), what_if).await
    }
}

fn assignment(employee: &str, join: &[&str], leave: &[&str]) -> Assignment {
    let groups = |ids: &[&str]| ids.iter().map(|id| GroupId::parse(id).unwrap()).collect::<BTreeSet<_>>();
    Assignment { employee: EmployeeId::parse(employee).unwrap(), join: groups(join), leave: groups(leave) }
}

on_each_engine! {
    async fn d5_what_a_group_would_give_is_told_before_anybody_is_put_into_it(firm: Firm) {
        let (ada, max) = (firm.person("ada").await, firm.person("max").await);
        let inner = firm.group("Team", &[&ada]).await;
        let sales = firm.group("Sales", &[]).await;
        let berlin = firm.group("Berlin", &[&max]).await;
        firm.member(&sales, "add", &inner).await;
        firm.pool("sales").await;
        firm.thing("extension", "201", Some("sales")).await;
        let rules = "[[rule]]\nname = \"Berlin\"\ngroup = \"Berlin\"\ndestinations = [\"Zentrale\"]\n";
        firm.apply(&format!("{}{rules}", one_extension("Sales", "Sales"))).await;
        assert_eq!(firm.has(&ada).await, ["extension 201"]);

        // A mover: one group for another, by way of the inner one; who waits longer is next.
        let there = firm.what_if(WhatIf::Groups(vec![assignment(&max, &[&inner], &[&berlin])])).await.unwrap();
        assert_eq!(
            told(&there),
            [
                "- max@x.example: destination zentrale (waits no longer: no longer in the group of rule Berlin)",
                "? max@x.example: extension (waits: pool \"sales\" is empty)",
            ]
        );
        // Both at once are one change; what one leaves is on hold for him.
        let both = vec![assignment(&ada, &[], &[&inner]), assignment(&max, &[&sales], &[])];
        let told_both = told(&firm.what_if(WhatIf::Groups(both)).await.unwrap());
        assert_eq!(told_both[0], "- ada@x.example: extension 201 (no longer in the group of rule Sales; on hold)");
        assert_eq!(firm.has(&ada).await, ["extension 201"]);
        assert_eq!(firm.has(&max).await, ["destination zentrale: not yet"]);

        // And so it happens.
        firm.member(&berlin, "remove", &max).await;
        firm.member(&inner, "add", &max).await;
        assert_eq!(firm.has(&max).await, ["extension: not yet"]);

        // Who stands there more than once is moved by all of it.
        let twice = vec![assignment(&max, &[&berlin], &[]), assignment(&max, &[], &[&inner])];
        let once = vec![assignment(&max, &[&berlin], &[&inner])];
        let told_twice = told(&firm.what_if(WhatIf::Groups(twice)).await.unwrap());
        assert_eq!(told_twice, told(&firm.what_if(WhatIf::Groups(once)).await.unwrap()));
        assert_eq!(told_twice.len(), 2, "{told_twice:?}");

        let nobody = uuid::Uuid::now_v7().to_string();
        let refused = firm.what_if(WhatIf::Groups(vec![assignment(&nobody, &[&nobody], &[])])).await.unwrap_err();
        let AdministrationError::Invalid(faults) = refused else { panic!("{refused}") };
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/groups/0/employee", "/groups/0/join"]);
    }
}

on_each_engine! {
    async fn d5_what_another_stock_would_give_and_take_is_told(firm: Firm) {
        let (ada, max, eva) = (firm.person("ada").await, firm.person("max").await, firm.person("eva").await);
        firm.group("Sales", &[&ada, &max, &eva]).await;
        firm.pool("sales").await;
        let held = firm.thing("extension", "201", Some("sales")).await;
        firm.apply(&one_extension("Sales", "Sales")).await;
        let stock = |change: StockChange| firm.what_if(WhatIf::Stock(change));
        let new = |key: &str, pool: &str| NewInStock { kind: Kind::Extension, key: key.to_owned(), pool: Some(pool.to_owned()) };

        let more = StockChange { add: vec![new("203", "sales"), new("202", "Sales")], ..StockChange::default() };
        let lines = told(&stock(more).await.unwrap());
        assert_eq!(
            lines,
            [
                "+ eva@x.example: extension 203 (rule Sales, pool sales)",
                "+ max@x.example: extension 202 (rule Sales, pool sales)",
            ]
        );
        // Who has something that is taken out of use keeps it.
        let id = BTreeSet::from([ThingId::parse(&held).unwrap()]);
        let out = StockChange { disable: id.clone(), ..StockChange::default() };
        assert_eq!(told(&stock(out).await.unwrap()), [""; 0]);
        let gone = StockChange { remove: id, ..StockChange::default() };
        assert_eq!(told(&stock(gone).await.unwrap()), ["- ada@x.example: extension 201 (out of stock; waits: pool \"sales\" is empty)"]);

        let wrong = StockChange { add: vec![new("201", "sails"), new("x", "sales")], ..StockChange::default() };
        let AdministrationError::Invalid(faults) = stock(wrong).await.unwrap_err() else { panic!("it is refused") };
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/stock/add/1/key", "/stock/add/0/key", "/stock/add/0/pool"]);
        assert_eq!(firm.house.database.count("things").await, 1);
    }
}

//! Tenants do not see each other (T1, T2), down to the bytes of an answer.

use serde_json::json;

use crate::world::daemon::Daemon;
use crate::world::door::Answer;
use crate::world::idp::{Idp, id, patch_op, user};
use crate::world::on_each_engine;

/// An id of the right form that was never given.
const MISSING: &str = "0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11";

async fn knock(idp: &Idp, method: &str, id: &str) -> Answer {
    let body = match method {
        "PUT" => user("eve").to_string(),
        "PATCH" => patch_op(json!([{"op": "replace", "path": "active", "value": false}])),
        _ => String::new(),
    };
    idp.send(method, &format!("/Users/{id}"), &[("x-request-id", "knock")], body).await
}

on_each_engine! {
    async fn t2_a_foreign_id_answers_like_a_missing_one_byte_by_byte(daemon: Daemon) {
        let (acme, other) = (daemon.tenant("acme"), daemon.tenant("other"));
        let ada = acme.create(&user("ada")).await;
        let before = daemon.database.count("outbox").await;
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let foreign = knock(&other, method, id(&ada)).await;
            let missing = knock(&other, method, MISSING).await;
            foreign.refused(404, None);
            assert_eq!(foreign.text.replace(id(&ada), MISSING), missing.text, "{method}");
            let names = |answer: &Answer| {
                let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
                headers.map(|(name, value)| format!("{name}: {value:?}")).collect::<Vec<_>>()
            };
            assert_eq!(names(&foreign), names(&missing), "{method}");
        }
        assert_eq!(acme.user(id(&ada)).await, ada);
        assert_eq!(daemon.database.count("outbox").await, before);
    }
}

on_each_engine! {
    async fn t1_a_tenant_lists_finds_and_counts_its_own_only(daemon: Daemon) {
        let (acme, other) = (daemon.tenant("acme"), daemon.tenant("other"));
        let ada = acme.create(&user("ada")).await;
        let eve = other.create(&user("ada")).await;
        for (idp, own, foreign) in [(&acme, &ada, &eve), (&other, &eve, &ada)] {
            for filter in ["id pr", "userName eq \"ada@x.example\"", "externalId eq \"ext-ada\"", "active eq true"] {
                assert_eq!(idp.found(filter).await, [id(own)], "{filter}");
            }
            assert!(idp.found(&format!("id eq \"{}\"", id(foreign))).await.is_empty());
            let list = idp.get("/Users").await.expect(200).json();
            assert_eq!((&list["totalResults"], id(&list["Resources"][0])), (&json!(1), id(own)));
        }
    }
}

on_each_engine! {
    /// Nothing in a request chooses the tenant but the credential.
    async fn t1_headers_paths_and_bodies_do_not_choose_the_tenant(daemon: Daemon) {
        let (acme, other) = (daemon.tenant("acme"), daemon.tenant("other"));
        let ada = acme.create(&user("ada")).await;
        let headers = [("x-tenant", "acme"), ("x-tenant-id", "acme"), ("host", "acme.deskgate.example")];
        let path = format!("/Users/{}?tenant=acme&tenant_id=acme", id(&ada));
        other.send("GET", &path, &headers, "").await.refused(404, None);
        let body = crate::world::idp::with(user("bo"), json!({"tenant": "acme", "tenantId": "acme", "tenant_id": "acme"}));
        let created = other.create(&body).await;
        acme.get(&format!("/Users/{}", id(&created))).await.refused(404, None);
    }
}

//! Who comes back is the same person (decision 6), as far as anybody can tell that it is him.

use std::time::Duration;

use deskgate::app::authentication::ProvisioningClient;
use deskgate::app::provisioning::{IfMatch, ProvisioningError, RequestContext, StoredUser};
use serde_json::{Value, json};

use crate::world::daemon::Daemon;
use crate::world::idp::{TELEPHONY, id, user, with};
use crate::world::on_each_engine;
use crate::world::tenancy::House;

on_each_engine! {
    async fn decision_6_a_locked_leaver_who_is_posted_again_is_the_same_employee(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&with(user("ada"), json!({"active": false, "title": "old", "nickName": "A"}))).await;
        let answer = idp.post("/Users", &with(user("ADA"), json!({"externalId": "ext-ada", "title": "new"}))).await;
        let revived = answer.clone().expect(201).json();
        assert_eq!(id(&revived), id(&created));
        assert_eq!((&revived["active"], &revived["title"]), (&json!(true), &json!("new")));
        assert_eq!(revived.get("nickName"), None, "the body replaces what he was");
        assert_eq!(revived["userName"], "ADA@x.example");
        assert_eq!(revived["meta"]["created"], created["meta"]["created"]);
        assert_eq!(answer.header("location"), revived["meta"]["location"]);
        assert_eq!(answer.header("etag"), "W/\"2\"");
        assert_eq!(revived[TELEPHONY]["locked"], false);
        assert_eq!(daemon.database.count("employees").await, 1);
    }
}

on_each_engine! {
    async fn decision_6_a_deleted_one_on_hold_comes_back_with_his_id(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&with(user("ada"), json!({"emails": [{"value": "ada@x"}]}))).await;
        idp.delete(id(&created)).await.expect(204);
        idp.get(&format!("/Users/{}", id(&created))).await.refused(404, None);
        assert_eq!(daemon.database.count("departed_employees").await, 1);
        assert_eq!(daemon.database.count("employee_keys").await, 0);

        let revived = idp.create(&user("ada")).await;
        assert_eq!(id(&revived), id(&created));
        assert_eq!(revived.get("emails"), None);
        assert_eq!(revived["meta"]["created"], created["meta"]["created"]);
        assert_ne!(revived["meta"]["version"], created["meta"]["version"], "a version is never given twice");
        assert_eq!(daemon.database.count("departed_employees").await, 0);
        assert_eq!(idp.user(id(&created)).await, revived);
    }
}

on_each_engine! {
    async fn decision_6_a_deleted_one_blocks_nobody_else(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        idp.delete(id(&created)).await.expect(204);
        for other in [json!({"externalId": "ext-other"}), json!({"externalId": "EXT-ada"}), json!({"externalId": null})] {
            let new = idp.create(&with(user("ada"), other)).await;
            assert_ne!(id(&new), id(&created));
            idp.delete(id(&new)).await.expect(204);
        }
        // The same externalId under another name is somebody else, too.
        let renamed = idp.create(&with(user("eve"), json!({"externalId": "ext-ada"}))).await;
        assert_ne!(id(&renamed), id(&created));
        assert_eq!(id(&idp.create(&user("ada")).await), id(&created), "and he is still known");
    }
}

on_each_engine! {
    async fn decision_6_a_living_user_name_is_taken_and_the_answer_says_by_whom(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let active = idp.create(&user("ada")).await;
        let locked = idp.create(&with(user("bo"), json!({"active": false}))).await;
        let refusals = [
            (user("ada"), &active, "active"),
            (with(user("ADA"), json!({"externalId": "other"})), &active, "active"),
            (with(user("bo"), json!({"externalId": "other"})), &locked, "inactive"),
            (with(user("bo"), json!({"externalId": null})), &locked, "inactive"),
        ];
        for (body, holder, state) in refusals {
            let detail = idp.post("/Users", &body).await.refused(409, Some("uniqueness"));
            assert!(detail.contains(id(holder)) && detail.ends_with(&format!(" {state}")), "{detail}");
        }
        assert_eq!(idp.user(id(&locked)).await, locked, "nobody was changed");
        assert_eq!(daemon.database.count("employees").await, 2);
        // A rename and a replacement are no way around it.
        let rename = json!([{"op": "replace", "path": "userName", "value": "ADA@X.example"}]);
        let detail = idp.patch(id(&locked), rename).await.refused(409, Some("uniqueness"));
        assert!(detail.contains(id(&active)), "{detail}");
        idp.put(id(&locked), &user("ada")).await.refused(409, Some("uniqueness"));
    }
}

on_each_engine! {
    async fn decision_6_nobody_is_matched_by_mail(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let mail = json!({"emails": [{"value": "ada@x.example", "primary": true}], "active": false});
        let locked = idp.create(&with(user("ada"), mail.clone())).await;
        let other = idp.create(&with(user("other"), mail)).await;
        assert_ne!(id(&locked), id(&other));
    }
}

on_each_engine! {
    async fn decision_6_nobody_is_matched_across_tenants(daemon: Daemon) {
        let (acme, other) = (daemon.tenant("acme"), daemon.tenant("other"));
        let locked = acme.create(&with(user("ada"), json!({"active": false}))).await;
        let gone = acme.create(&user("bo")).await;
        acme.delete(id(&gone)).await.expect(204);
        let (ada, bo) = (other.create(&user("ada")).await, other.create(&user("bo")).await);
        assert_ne!(id(&ada), id(&locked));
        assert_ne!(id(&bo), id(&gone));
        assert_eq!(acme.user(id(&locked)).await, locked);
        assert_eq!(id(&acme.create(&user("bo")).await), id(&gone));
    }
}

on_each_engine! {
    /// A second connection comes with a later door; until then it is made in the database.
    async fn decision_6_nobody_is_matched_across_connections(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let locked = idp.create(&with(user("ada"), json!({"active": false}))).await;
        let gone = idp.create(&user("bo")).await;
        idp.delete(id(&gone)).await.expect(204);
        move_the_token_to_a_second_connection(&daemon).await;
        // Of a user that is not its own, the connection learns no more than that the name is taken.
        idp.get(&format!("/Users/{}", id(&locked))).await.refused(404, None);
        let detail = idp.post("/Users", &user("ada")).await.refused(409, Some("uniqueness"));
        assert!(!detail.contains(id(&locked)), "{detail}");
        assert_ne!(id(&idp.create(&user("bo")).await), id(&gone));
    }
}

/// The one token there is opens another connection of the tenant from now on.
async fn move_the_token_to_a_second_connection(daemon: &Daemon) {
    let other = daemon.database.literal("0192f7c4-52a1-7c3e-9a67-0d2b8f6f1c11");
    let add = format!(
        "INSERT INTO connections (tenant_id, id, name, name_key, created_at)
         SELECT tenant_id, {other}, 'second', 'second', created_at FROM connections"
    );
    assert_eq!(daemon.database.execute(&add).await, 1);
    assert_eq!(daemon.database.execute(&format!("UPDATE tokens SET connection_id = {other}")).await, 1);
    // What was believed of a token is asked again by a daemon that starts.
    assert!(daemon.terminate().success());
    daemon.start();
}

fn context() -> RequestContext {
    RequestContext { request_id: "rehire".to_owned() }
}

async fn post(house: &House, client: &ProvisioningClient, body: Value) -> Result<StoredUser, ProvisioningError> {
    house.app.provisioning().create_user(client, &context(), body).await
}

async fn delete(house: &House, client: &ProvisioningClient, user: &StoredUser) {
    let id = user.id.to_string();
    house.app.provisioning().delete_user(client, &context(), &id, &IfMatch::Any).await.unwrap();
}

const DAY: Duration = Duration::from_hours(24);

on_each_engine! {
    async fn decision_6_the_hold_ends_after_ninety_days_to_the_microsecond(house: House) {
        let client = house.tenant("acme").await;
        let ada = post(&house, &client, user("ada")).await.unwrap();
        delete(&house, &client, &ada).await;
        house.clock.turn(90 * DAY - Duration::from_micros(1));
        let back = post(&house, &client, user("ada")).await.unwrap();
        assert_eq!(back.id, ada.id);
        delete(&house, &client, &back).await;
        house.clock.turn(90 * DAY);
        let stranger = post(&house, &client, user("ada")).await.unwrap();
        assert_ne!(stranger.id, ada.id, "his things are somebody else's by now");
        assert_eq!((stranger.version, stranger.created_at), (1, house.clock.now()));
    }
}

on_each_engine! {
    async fn decision_6_the_hold_is_the_tenants(house: House) {
        let client = house.tenant("acme").await;
        assert_eq!(house.database.execute("UPDATE tenants SET hold_days = 2").await, 1);
        let ada = post(&house, &client, user("ada")).await.unwrap();
        delete(&house, &client, &ada).await;
        house.clock.turn(2 * DAY);
        assert_ne!(post(&house, &client, user("ada")).await.unwrap().id, ada.id);
    }
}

on_each_engine! {
    async fn a_lock_has_no_end_that_turns_a_leaver_into_somebody_else(house: House) {
        let client = house.tenant("acme").await;
        let ada = post(&house, &client, with(user("ada"), json!({"active": false}))).await.unwrap();
        house.clock.turn(4000 * DAY);
        assert_eq!(post(&house, &client, user("ada")).await.unwrap().id, ada.id);
    }
}

on_each_engine! {
    /// X19: twenty at once are one.
    async fn a_leaver_who_is_posted_many_times_at_once_comes_back_once(daemon: Daemon) {
        let idp = daemon.tenant("acme");
        let created = idp.create(&user("ada")).await;
        idp.delete(id(&created)).await.expect(204);
        let answers = futures_util::future::join_all((0..20).map(|_| {
            let idp = idp.clone();
            async move { idp.post("/Users", &user("ada")).await }
        }))
        .await;
        let (revived, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!((revived.len(), refused.len()), (1, 19));
        assert_eq!(id(&revived[0].json()), id(&created));
        for answer in refused {
            answer.refused(409, Some("uniqueness"));
        }
        let revived = "SELECT count(*) FROM provisioning_events WHERE operation = 'revive'";
        assert_eq!(daemon.database.number(revived).await, 1);
        assert_eq!(daemon.database.number("SELECT count(*) FROM outbox WHERE topic LIKE '%:create:notice'").await, 2);
    }
}

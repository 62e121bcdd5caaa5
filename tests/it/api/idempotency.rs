//! Requests that are sent again.

use std::time::Duration;

use serde_json::json;

use super::{Office, id, person};
use crate::world::on_each_engine;

on_each_engine! {
    async fn a_request_with_a_key_is_carried_out_once_and_answered_alike(office: Office) {
        let (body, key) = (person("ada").to_string(), [("idempotency-key", "\"8e03978e-40d5\"")]);
        let first = office.send("POST", "/employees", &key, body.as_str()).await.expect(201);
        assert_eq!(first.header("idempotent-replay"), "");
        for _ in 0..2 {
            let again = office.send("POST", "/employees", &key, body.as_str()).await.expect(201);
            assert_eq!(again.header("idempotent-replay"), "true");
            assert_eq!(again.text, first.text);
            for header in ["location", "etag", "content-type"] {
                assert_eq!(again.header(header), first.header(header), "{header}");
            }
        }
        assert_eq!(office.house.database.count("employees").await, 1);
        let other = office.send("POST", "/employees", &key, person("bob").to_string()).await;
        other.problem(422, "idempotency-key-reused");
        // The path belongs to the request as well.
        let path = format!("/employees/{}/lock", id(&first.json()));
        office.send("POST", &path, &key, "").await.problem(422, "idempotency-key-reused");
    }
}

on_each_engine! {
    async fn what_was_refused_is_not_kept_and_the_key_may_come_with_a_better_request(office: Office) {
        let key = [("idempotency-key", "k")];
        let wrong = json!({"given_name": "Ada", "family_name": "M", "email": "nobody"});
        office.send("POST", "/employees", &key, wrong.to_string()).await.problem(422, "invalid-values");
        office.send("POST", "/employees", &key, person("ada").to_string()).await.expect(201);
        office.send("POST", "/employees", &[("idempotency-key", "")], "{}").await.problem(400, "malformed-request");
    }
}

on_each_engine! {
    async fn a_key_is_good_for_a_day_and_then_forgotten(office: Office) {
        let key = [("idempotency-key", "k")];
        office.send("POST", "/pools", &key, r#"{"name": "Berlin"}"#).await.expect(201);
        office.house.clock.turn(Duration::from_hours(24));
        office.send("POST", "/pools", &key, r#"{"name": "Bonn"}"#).await.expect(201);
        let again = office.send("POST", "/pools", &key, r#"{"name": "Bonn"}"#).await.expect(201);
        assert_eq!(again.header("idempotent-replay"), "true");
        assert_eq!(office.house.app.forget_answers().await.unwrap(), 0);
        office.house.clock.turn(Duration::from_hours(25));
        assert_eq!(office.house.app.forget_answers().await.unwrap(), 1);
        assert_eq!(office.house.database.count("idempotency_keys").await, 0);
    }
}

on_each_engine! {
    async fn of_the_same_request_in_flight_twice_one_is_carried_out(office: Office) {
        let (body, key) = (person("ada").to_string(), [("idempotency-key", "k")]);
        let send = || office.send("POST", "/employees", &key, body.as_str());
        let answers = futures_util::future::join_all((0..8).map(|_| send())).await;
        let replayed = answers.iter().filter(|answer| answer.header("idempotent-replay") == "true").count();
        assert!(answers.iter().all(|answer| answer.status == 201 && answer.text == answers[0].text), "{answers:?}");
        assert_eq!(replayed, 7);
        assert_eq!(office.house.database.count("employees").await, 1);
    }
}

on_each_engine! {
    async fn a_key_belongs_to_the_token_it_came_with(office: Office) {
        use deskgate::domain::credential::TokenScope;
        let key = [("idempotency-key", "k")];
        office.send("POST", "/pools", &key, r#"{"name": "Berlin"}"#).await.expect(201);
        let other = office.house.token_for(TokenScope::AdminWrite, "acme", "other", None).await.token;
        let other = Office { writer: other.reveal().to_owned(), ..office };
        other.send("POST", "/pools", &key, r#"{"name": "Bonn"}"#).await.expect(201);
    }
}

use std::collections::HashMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Action, Next, Schedule, Stage, parse};

fn message(operations: &Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations})
}

fn post(path: &str, name: &str, data: &Value) -> Value {
    json!({"method": "POST", "path": path, "bulkId": name, "data": data})
}

/// The place of an operation, the part of it that was carried out, what it did and with which data.
type Done = (usize, Stage, Action, Value);

/// Carries everything out: what is made as NAME gets the identifier `id-NAME`. Gives what was done, with its data, and
/// what was refused, with its status.
fn carry_out(body: &Value) -> (Vec<Done>, HashMap<usize, u16>) {
    let mut schedule = Schedule::new(parse(body).unwrap());
    let (mut done, mut refused) = (Vec::new(), HashMap::new());
    loop {
        match schedule.proceed() {
            Next::Do(step) => {
                let name = schedule.request().entries[step.index].bulk_id.clone().unwrap_or_default();
                schedule.ended(&step, Ok(&format!("id-{name}")));
                done.push((step.index, step.stage, step.operation.action, step.operation.data));
            }
            Next::Refuse(index, error) => {
                assert!(refused.insert(index, error.status).is_none());
            }
            Next::End => return (done, refused),
        }
    }
}

#[test]
fn operations_come_in_their_order_and_wait_for_what_they_refer_to() {
    let body = message(&json!([
        post("/Groups", "g", &json!({"displayName": "Sales", "members": [{"value": "bulkId:u", "$ref": "/Users/bulkId:u"}]})),
        post("/Users", "u", &json!({"userName": "ada"})),
        {"method": "patch", "path": "/Groups/bulkId:g", "data": {"Operations": []}},
        {"method": "DELETE", "path": "Users/7"},
    ]));
    let (done, refused) = carry_out(&body);
    assert!(refused.is_empty());
    assert_eq!(done.iter().map(|(index, ..)| *index).collect::<Vec<_>>(), [1, 0, 2, 3]);
    assert_eq!(done[1].3["members"], json!([{"value": "id-u", "$ref": "/Users/id-u"}]));
}

/// The cost follows the size of the request, not the product of its operations and their references: those that wait are
/// not looked through whenever one is chosen, and circles are looked for once.
#[test]
fn l3_operations_that_wait_for_many_others_cost_no_more_than_their_size() {
    let name = |n: usize| format!("u{n}");
    let refer = |n: usize| format!("bulkId:{}", name(n));
    let everybody: Vec<_> = (0..500).map(refer).collect();
    let change = json!({"method": "PATCH", "path": "/Groups/7", "data": {"Operations": everybody}});
    let mut operations = vec![change; 500];
    // Each refers to the next but one of them; so all are in circles, of two.
    operations.extend((0..500).map(|n| post("/Users", &name(n), &json!({"manager": {"value": refer(n ^ 1)}}))));
    let began = std::time::Instant::now();
    let (done, refused) = carry_out(&message(&json!(operations)));
    assert!(refused.is_empty());
    assert_eq!(done.len(), 500 + 250 * 3);
    // Minutes, if it were the product.
    assert!(began.elapsed() < std::time::Duration::from_secs(30), "{:?}", began.elapsed());
}

#[test]
fn the_identifier_in_a_path_is_resolved_too() {
    let body = message(&json!([
        post("/Users", "u", &json!({"userName": "ada"})),
        {"method": "PUT", "path": "/Users/bulkId:u", "data": {"userName": "ada"}, "version": "W/\"1\""},
    ]));
    let mut schedule = Schedule::new(parse(&body).unwrap());
    let Next::Do(step) = schedule.proceed() else { panic!("the user is to be made") };
    schedule.ended(&step, Ok("7"));
    let Next::Do(step) = schedule.proceed() else { panic!("the user is to be replaced") };
    assert_eq!((step.operation.id.as_str(), step.operation.version.as_deref()), ("7", Some("W/\"1\"")));
}

#[test]
fn circular_references_are_completed_when_both_sides_are_known() {
    let manager = |name: &str| json!({"userName": name, "manager": {"value": format!("bulkId:{}", if name == "a" { "b" } else { "a" })}});
    let body = message(&json!([post("/Users", "a", &manager("a")), post("/Users", "b", &manager("b"))]));
    let (done, refused) = carry_out(&body);
    assert!(refused.is_empty());
    let stages: Vec<_> = done.iter().map(|(index, stage, action, _)| (*index, *stage, *action)).collect();
    assert_eq!(
        stages,
        [(0, Stage::First, Action::Create), (1, Stage::Whole, Action::Create), (0, Stage::Completion, Action::Replace),]
    );
    assert_eq!(done[0].3, json!({"userName": "a"}));
    assert_eq!(done[1].3["manager"]["value"], "id-a");
    assert_eq!(done[2].3["manager"]["value"], "id-b");
}

#[test]
fn what_changes_a_resource_waits_until_it_is_complete() {
    let body = message(&json!([
        post("/Groups", "g", &json!({"displayName": "g", "members": [{"value": "bulkId:a"}]})),
        {"method": "PATCH", "path": "/Users/bulkId:a", "data": {"Operations": []}},
        post("/Users", "a", &json!({"userName": "a", "manager": {"value": "bulkId:b"}})),
        post("/Users", "b", &json!({"userName": "b", "manager": {"value": "bulkId:a"}})),
    ]));
    let (done, refused) = carry_out(&body);
    assert!(refused.is_empty());
    let order: Vec<_> = done.iter().map(|(index, stage, ..)| (*index, *stage)).collect();
    // The group waits for one who is in a circle, and is in none itself.
    let whole = |index| (index, Stage::Whole);
    assert_eq!(order, [(2, Stage::First), whole(0), whole(3), (2, Stage::Completion), whole(1)]);
}

#[test]
fn what_is_made_in_part_is_no_success_when_the_rest_is_left() {
    let mut body = message(&json!([
        post("/Users", "a", &json!({"userName": "a", "manager": {"value": "bulkId:b"}})),
        post("/Users", "b", &json!({"userName": "b", "manager": {"value": "bulkId:a"}})),
    ]));
    body["failOnErrors"] = json!(1);
    let mut schedule = Schedule::new(parse(&body).unwrap());
    let Next::Do(first) = schedule.proceed() else { panic!("a is to be made") };
    schedule.ended(&first, Ok("7"));
    let Next::Do(second) = schedule.proceed() else { panic!("b is to be made") };
    schedule.ended(&second, Err(()));
    assert!(matches!(schedule.proceed(), Next::Refuse(0, error) if error.status == 409));
    assert_eq!(schedule.proceed(), Next::End);
}

#[test]
fn a_reference_in_the_path_of_a_patch_is_resolved() {
    let remove = r#"members[value eq "bulkId:u" or value eq "bulkId:v"]"#;
    let body = message(&json!([
        {"method": "PATCH", "path": "/Groups/7", "data": {"Operations": [{"op": "remove", "path": remove}]}},
        post("/Users", "u", &json!({"userName": "u"})),
        post("/Users", "v", &json!({"userName": "v"})),
    ]));
    let (done, refused) = carry_out(&body);
    assert!(refused.is_empty());
    let (index, .., data) = &done[2];
    let path = data["Operations"][0]["path"].as_str().unwrap();
    assert_eq!((*index, path), (0, r#"members[value eq "id-u" or value eq "id-v"]"#));
}

#[test]
fn groups_inside_each_other_are_a_conflict_and_nothing_of_them_is_made() {
    let inside = |name: &str, other: &str| {
        post("/Groups", name, &json!({"displayName": name, "members": [{"value": format!("bulkId:{other}")}]}))
    };
    let (done, refused) = carry_out(&message(&json!([
        inside("a", "b"),
        inside("b", "c"),
        inside("c", "a"),
        post("/Users", "u", &json!({"userName": "u"})),
    ])));
    assert_eq!(done.len(), 1);
    assert_eq!(refused, HashMap::from([(0, 409), (1, 409), (2, 409)]));
    let (done, refused) = carry_out(&message(&json!([inside("a", "a")])));
    assert_eq!((done.len(), refused), (0, HashMap::from([(0, 409)])));
}

#[test]
fn a_reference_to_nothing_or_to_a_failure_is_refused() {
    let (done, refused) = carry_out(&message(&json!([
        post("/Groups", "g", &json!({"displayName": "x", "members": [{"value": "bulkId:nobody"}]})),
        {"method": "DELETE", "path": "/Groups/bulkId:g"},
    ])));
    assert!(done.is_empty());
    assert_eq!(refused, HashMap::from([(0, 400), (1, 409)]));
}

#[test]
fn each_malformed_operation_is_refused_for_itself() {
    let good = post("/Users", "u", &json!({"userName": "ada"}));
    let body = message(&json!([
        good,
        good,
        7,
        {"method": "GET", "path": "/Users"},
        {"method": "POST", "path": "/Users", "data": {}},
        {"method": "POST", "path": "/Users/7", "bulkId": "x", "data": {}},
        {"method": "PUT", "path": "/Users", "data": {}},
        {"method": "PUT", "path": "/Schemas/7", "data": {}},
        {"method": "PUT", "path": "/Users/7/8", "data": {}},
        {"method": "PUT", "path": "/Users/7"},
        {"method": "PUT", "path": "/Users/7", "data": {}, "version": 1},
    ]));
    let (done, refused) = carry_out(&body);
    assert_eq!(done.len(), 1);
    assert_eq!(refused.len(), 10);
    assert!(refused.values().all(|status| *status == 400), "{refused:?}");
}

#[test]
fn fail_on_errors_leaves_the_rest() {
    let mut body =
        message(&json!([{"method": "GET"}, {"method": "GET"}, post("/Users", "u", &json!({"userName": "u"}))]));
    for (limit, (done, refused)) in [(1, (0, 1)), (2, (0, 2)), (3, (1, 2))] {
        body["failOnErrors"] = json!(limit);
        let outcome = carry_out(&body);
        assert_eq!((outcome.0.len(), outcome.1.len()), (done, refused), "{limit}");
    }
}

#[test]
fn a_message_that_is_none_is_refused_as_a_whole() {
    for wrong in [
        json!([]),
        json!({"Operations": []}),
        message(&json!({})),
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": []}),
    ] {
        assert_eq!(parse(&wrong).unwrap_err().status, 400, "{wrong}");
    }
    for wrong in [json!(0), json!(-1), json!("1"), json!(1.5)] {
        let mut body = message(&json!([]));
        body["failOnErrors"] = wrong;
        assert_eq!(parse(&body).unwrap_err().status, 400);
    }
}

#[test]
fn l3_more_operations_than_allowed_are_413_and_the_limit_is_named() {
    let operations = vec![json!({"method": "DELETE", "path": "/Users/7"}); 1001];
    let error = parse(&message(&json!(operations))).unwrap_err();
    assert_eq!(error.status, 413);
    assert!(error.detail.contains("maxOperations (1000)"), "{}", error.detail);
    assert!(parse(&message(&json!(operations[..1000]))).is_ok());
}

proptest! {
    /// Whatever refers to whatever: each operation is carried out or refused exactly once, and nothing is carried out
    /// with a name in it that is not resolved.
    #[test]
    fn every_operation_ends_exactly_once(edges in prop::collection::vec((0..8usize, 0..9usize, any::<bool>()), 0..20)) {
        let operations: Vec<Value> = (0..8)
            .map(|index| {
                let own = edges.iter().filter(|(from, ..)| *from == index);
                let members: Vec<_> = own.clone().map(|(_, to, _)| json!({"value": format!("bulkId:{to}")})).collect();
                let groups = own.map(|(.., groups)| *groups).next().unwrap_or_default();
                post(if groups { "/Groups" } else { "/Users" }, &index.to_string(), &json!({"members": members}))
            })
            .collect();
        let (done, refused) = carry_out(&message(&json!(operations)));
        for index in 0..8 {
            let ends = done.iter().filter(|(at, stage, ..)| *at == index && *stage != Stage::First).count();
            prop_assert_eq!(ends + usize::from(refused.contains_key(&index)), 1, "operation {}", index);
        }
        for (.., data) in &done {
            prop_assert!(!data.to_string().contains("bulkId:"), "{}", data);
        }
    }
}

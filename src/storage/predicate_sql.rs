//! Predicates and sort orders as SQL, on the row `r` of an employee or a group.
//!
//! Every leaf ends up true or false: where a value may be missing, `IS TRUE` makes "unknown" false, so that `NOT` means
//! what it says. Ways into the search document are arguments, never text.

use super::dynamic::Fragment;
use super::groups::group_version;
use super::value::Value;
use crate::domain::search::{
    InstantColumn, LockKey, Order, Predicate, SortBy, SortKind, Sorting, Test, TextColumn, TextTest,
};
use crate::domain::tenant::TenantScope;

/// Where fields of the search document begin.
#[derive(Clone, Copy)]
enum Root {
    /// At the document of the employee.
    Document,
    /// At an element of a list in it.
    Element,
}

/// Appends the condition.
pub(super) fn push_predicate(sql: &mut Fragment, predicate: &Predicate) {
    push(sql, predicate, Root::Document);
}

fn push(sql: &mut Fragment, predicate: &Predicate, root: Root) {
    match predicate {
        Predicate::Constant(holds) => {
            sql.push(if *holds { "1 = 1" } else { "1 = 0" });
        }
        Predicate::And(left, right) => push_pair(sql, left, " AND ", right, root),
        Predicate::Or(left, right) => push_pair(sql, left, " OR ", right, root),
        Predicate::Not(inner) => {
            sql.push("NOT (");
            push(sql, inner, root);
            sql.push(")");
        }
        Predicate::Id(id) => {
            sql.push("r.id = ").arg(*id);
        }
        // Never null, so the bare comparison is enough, and the index can serve it.
        Predicate::Text(TextColumn::UserNameKey, TextTest::Compare(Order::Equal, key)) => {
            sql.push("r.user_name_key = ").arg(key.as_str());
        }
        Predicate::Text(TextColumn::GroupNameKey, TextTest::Compare(Order::Equal, key)) => {
            sql.push("r.display_name_key = ").arg(key.as_str());
        }
        Predicate::Text(column, test) => {
            push_text_test(sql, test, |sql| push_text_column(sql, column));
        }
        Predicate::Instant(column, order, at) => {
            sql.push(instant_column(*column)).push(operator(*order)).arg(*at);
        }
        Predicate::KeySet(key) => {
            sql.push(match key {
                LockKey::Idp => "r.idp_locked_at IS NOT NULL",
                LockKey::Administrator => "r.admin_locked_at IS NOT NULL",
            });
        }
        Predicate::Field(keys, test) => push_field_test(sql, keys, test, root),
        Predicate::Any(keys, each) => {
            let path = Value::JsonPath(keys.clone());
            sql.push_either(
                "EXISTS (SELECT 1 FROM jsonb_array_elements(r.search #> ",
                "EXISTS (SELECT 1 FROM json_each(r.search, ",
            );
            sql.arg(path).push_either(") AS element(value) WHERE ", ") AS element WHERE ");
            push(sql, each, Root::Element);
            sql.push(")");
        }
        Predicate::Key(attribute, key) => {
            sql.push(
                "EXISTS (SELECT 1 FROM employee_keys k WHERE k.tenant_id = r.tenant_id
                 AND k.employee_id = r.id AND k.attribute = ",
            );
            sql.arg(*attribute).push(" AND k.value_key = ").arg(key.as_str()).push(")");
        }
        Predicate::Member(id) => {
            sql.push("(EXISTS (SELECT 1 FROM group_members m WHERE m.tenant_id = r.tenant_id AND m.group_id = r.id AND m.employee_id = ");
            sql.arg(*id).push(
                ") OR EXISTS (SELECT 1 FROM group_subgroups s WHERE s.tenant_id = r.tenant_id AND s.group_id = r.id AND s.subgroup_id = ",
            );
            sql.arg(*id).push("))");
        }
        Predicate::AnyMember => {
            sql.push(
                "(EXISTS (SELECT 1 FROM group_members m WHERE m.tenant_id = r.tenant_id AND m.group_id = r.id)
                 OR EXISTS (SELECT 1 FROM group_subgroups s WHERE s.tenant_id = r.tenant_id AND s.group_id = r.id))",
            );
        }
        Predicate::InGroup(id) => {
            sql.push(
                "EXISTS (SELECT 1 FROM group_members m JOIN group_closure c ON c.tenant_id = m.tenant_id AND c.descendant_id = m.group_id
                 WHERE m.tenant_id = r.tenant_id AND m.employee_id = r.id AND c.ancestor_id = ",
            );
            sql.arg(*id).push(")");
        }
        Predicate::InAnyGroup => {
            sql.push("EXISTS (SELECT 1 FROM group_members m WHERE m.tenant_id = r.tenant_id AND m.employee_id = r.id)");
        }
    }
}

fn push_pair(sql: &mut Fragment, left: &Predicate, operator: &'static str, right: &Predicate, root: Root) {
    sql.push("(");
    push(sql, left, root);
    sql.push(operator);
    push(sql, right, root);
    sql.push(")");
}

const fn operator(order: Order) -> &'static str {
    match order {
        Order::Equal => " = ",
        Order::Greater => " > ",
        Order::GreaterOrEqual => " >= ",
        Order::Less => " < ",
        Order::LessOrEqual => " <= ",
    }
}

const fn instant_column(column: InstantColumn) -> &'static str {
    match column {
        InstantColumn::Created => "r.created_at",
        InstantColumn::Updated => "r.updated_at",
        InstantColumn::GroupUpdated => {
            "(SELECT max(t.moment) FROM (SELECT r.updated_at AS moment UNION ALL SELECT c.changed_at FROM group_changes c
                 WHERE c.tenant_id = r.tenant_id AND c.group_id = r.id) AS t)"
        }
    }
}

/// Text in a column, compared byte by byte.
fn push_text_column(sql: &mut Fragment, column: &TextColumn) {
    match column {
        TextColumn::UserNameKey => sql.push("r.user_name_key"),
        TextColumn::GroupNameKey => sql.push("r.display_name_key"),
        TextColumn::ExternalId => sql.push("r.external_id"),
        TextColumn::Id(prefix) => {
            sql.push("(").push_either("CAST(", "").arg(prefix.as_str()).push_either(" AS text)", "");
            sql.push_either(
                " || CAST(r.id AS text)) COLLATE \"C\"",
                " || lower(substr(hex(r.id), 1, 8) || '-' || substr(hex(r.id), 9, 4) || '-'
                    || substr(hex(r.id), 13, 4) || '-' || substr(hex(r.id), 17, 4) || '-'
                    || substr(hex(r.id), 21)))",
            )
        }
        TextColumn::EntityTag => {
            sql.push_either("('W/\"' || r.version || '\"') COLLATE \"C\"", "('W/\"' || r.version || '\"')")
        }
        TextColumn::GroupEntityTag => sql.push_either(
            concat!("('W/\"' || ", group_version!(), " || '\"') COLLATE \"C\""),
            concat!("('W/\"' || ", group_version!(), " || '\"')"),
        ),
    };
}

/// A test of text, whatever gives the text.
fn push_text_test(sql: &mut Fragment, test: &TextTest, push_text: impl Fn(&mut Fragment)) {
    sql.push("(");
    match test {
        TextTest::Compare(order, text) => {
            push_text(sql);
            sql.push(operator(*order)).arg(text.as_str());
        }
        TextTest::Contains(text) => {
            sql.push_either("strpos(", "instr(");
            push_text(sql);
            sql.push(", ").arg(text.as_str()).push(") > 0");
        }
        TextTest::StartsWith(text) => {
            sql.push_either("left(", "substr(");
            push_text(sql);
            sql.push_either(", length(", ", 1, length(").arg(text.as_str()).push(")) = ").arg(text.as_str());
        }
        TextTest::EndsWith(text) => {
            sql.push_either("right(", "substr(");
            push_text(sql);
            sql.push_either(", length(", ", -length(").arg(text.as_str()).push(")) = ").arg(text.as_str());
        }
    }
    sql.push(") IS TRUE");
}

/// The value as text.
fn push_field_text(sql: &mut Fragment, keys: &[String], root: Root) {
    sql.push("(");
    push_field(sql, keys, root);
    sql.push_either(") COLLATE \"C\"", ")");
}

/// The value: text in PostgreSQL, whatever JSON has in SQLite.
fn push_field(sql: &mut Fragment, keys: &[String], root: Root) {
    let path = Value::JsonPath(keys.to_vec());
    match (root, keys.is_empty()) {
        (Root::Document, _) => {
            sql.push_either("r.search #>> ", "json_extract(r.search, ").arg(path).push_either("", ")");
        }
        (Root::Element, true) => {
            sql.push_either("element.value #>> '{}'", "element.value");
        }
        (Root::Element, false) => {
            sql.push_either("element.value #>> ", "json_extract(element.value, ").arg(path).push_either("", ")");
        }
    }
}

fn push_field_test(sql: &mut Fragment, keys: &[String], test: &Test, root: Root) {
    match test {
        Test::Present => {
            sql.push("(");
            push_field(sql, keys, root);
            sql.push(") IS NOT NULL");
        }
        Test::Text(test) => push_text_test(sql, test, |sql| push_field_text(sql, keys, root)),
        Test::Boolean(value) => {
            sql.push("((");
            push_field(sql, keys, root);
            sql.push(") = ");
            match value {
                true => sql.push_either("'true'", "1"),
                false => sql.push_either("'false'", "0"),
            };
            sql.push(") IS TRUE");
        }
        Test::Integer(order, value) => {
            sql.push("(CAST(");
            push_field(sql, keys, root);
            sql.push_either(" AS bigint)", " AS INTEGER)").push(operator(*order)).arg(*value).push(") IS TRUE");
        }
        Test::Decimal(order, value) => {
            sql.push("(CAST(");
            push_field(sql, keys, root);
            sql.push_either(" AS double precision)", " AS REAL)").push(operator(*order)).arg(*value).push(") IS TRUE");
        }
    }
}

/// Appends ` ORDER BY …` with the order of arrival as the last word.
pub(super) fn push_order(sql: &mut Fragment, sorting: Option<&Sorting>) {
    sql.push(" ORDER BY ");
    if let Some(sorting) = sorting {
        push_sort_value(sql, &sorting.by);
        // Spelt out, because the engines disagree about where missing values stand.
        sql.push(if sorting.descending { " DESC NULLS FIRST, " } else { " ASC NULLS LAST, " });
    }
    sql.push("r.seq");
}

fn push_sort_value(sql: &mut Fragment, by: &SortBy) {
    match by {
        SortBy::Text(column) => push_text_column(sql, column),
        SortBy::Instant(column) => {
            sql.push(instant_column(*column));
        }
        SortBy::Locked => {
            sql.push("CASE WHEN r.idp_locked_at IS NOT NULL OR r.admin_locked_at IS NOT NULL THEN 1 ELSE 0 END");
        }
        SortBy::Field(keys, kind) => push_sort_field(sql, keys, *kind, Root::Document),
        SortBy::Primary { list, value, kind } => {
            sql.push("(SELECT ");
            push_sort_field(sql, value, *kind, Root::Element);
            sql.push_either(" FROM jsonb_array_elements(r.search #> ", " FROM json_each(r.search, ");
            sql.arg(Value::JsonPath(list.clone()));
            sql.push_either(
                ") WITH ORDINALITY AS element(value, key)
                 ORDER BY (element.value #>> '{primary}') IS NOT DISTINCT FROM 'true' DESC, element.key LIMIT 1)",
                ") AS element ORDER BY CASE WHEN element.type = 'object' THEN json_extract(element.value, '$.primary') IS TRUE
                 ELSE 0 END DESC, element.key LIMIT 1)",
            );
        }
    }
}

fn push_sort_field(sql: &mut Fragment, keys: &[String], kind: SortKind, root: Root) {
    match kind {
        SortKind::Text => push_field_text(sql, keys, root),
        SortKind::Number => {
            sql.push("CAST(");
            push_field(sql, keys, root);
            sql.push_either(" AS double precision)", " AS REAL)");
        }
    }
}

/// The comparisons with an index that every row of the result fulfils: those of the outermost `AND`s. They are added to
/// the whole condition, so that the engine begins at the index and the exact condition decides.
pub(super) fn push_probes(sql: &mut Fragment, predicate: &Predicate, scope: TenantScope) {
    match predicate {
        Predicate::And(left, right) => {
            push_probes(sql, left, scope);
            push_probes(sql, right, scope);
        }
        Predicate::Key(attribute, key) => {
            sql.push(" AND r.id IN (SELECT k.employee_id FROM employee_keys k WHERE k.tenant_id = ");
            sql.arg(scope.tenant())
                .push(" AND k.attribute = ")
                .arg(*attribute)
                .push(" AND k.value_key = ")
                .arg(key.as_str())
                .push(")");
        }
        Predicate::Text(TextColumn::ExternalId, TextTest::Compare(Order::Equal, value)) => {
            sql.push(" AND r.external_id = ").arg(value.as_str());
        }
        Predicate::Member(id) => {
            sql.push(" AND r.id IN (SELECT m.group_id FROM group_members m WHERE m.tenant_id = ").arg(scope.tenant());
            sql.push(" AND m.employee_id = ").arg(*id);
            sql.push(" UNION ALL SELECT s.group_id FROM group_subgroups s WHERE s.tenant_id = ").arg(scope.tenant());
            sql.push(" AND s.subgroup_id = ").arg(*id).push(")");
        }
        Predicate::InGroup(id) => {
            sql.push(
                " AND r.id IN (SELECT m.employee_id FROM group_closure c
                 JOIN group_members m ON m.tenant_id = c.tenant_id AND m.group_id = c.descendant_id WHERE c.tenant_id = ",
            );
            sql.arg(scope.tenant()).push(" AND c.ancestor_id = ").arg(*id).push(")");
        }
        _ => {}
    }
}

/// Whether a unique index leads to the only employee or group that can be meant. Keys that several may share are not
/// enough: what else the filter asks of them could take long.
pub(super) fn is_unique_lookup(predicate: &Predicate) -> bool {
    match predicate {
        Predicate::And(left, right) => is_unique_lookup(left) || is_unique_lookup(right),
        // Names of groups are unique, or the tenant has few that are alike.
        Predicate::Id(_)
        | Predicate::Text(TextColumn::UserNameKey | TextColumn::GroupNameKey, TextTest::Compare(Order::Equal, _)) => {
            true
        }
        _ => false,
    }
}

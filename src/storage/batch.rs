//! A unit of work without questions: a guard, and what is written if it holds.
//!
//! Most writes know their rows beforehand: the use case has read the employee, decided, and writes only if nobody was
//! faster (compare-and-set on `version`, or a unique key still free). Such a unit is data, not code. PostgreSQL gets it
//! as one statement in one round trip; SQLite's writer thread runs its steps under a savepoint. Either way all of it
//! happens or nothing.

use std::fmt::Write as _;

use super::error::Result;
use super::statement::Sql;
use super::value::Value;

/// One statement with its arguments.
#[derive(Debug, Clone)]
pub struct Step {
    pub(super) sql: &'static Sql,
    pub(super) args: Vec<Value>,
}

impl Step {
    pub(super) const fn new(sql: &'static Sql, args: Vec<Value>) -> Self {
        Self { sql, args }
    }
}

/// A guard and the steps that depend on it.
///
/// The guard gives one row when it holds (`… RETURNING 1 AS hit`) and none when it does not. Each step ends in a
/// `WHERE` clause, or in one with `ON CONFLICT …` behind it, to which PostgreSQL's form adds the guard's condition, and
/// no two steps touch the same row. A condition gives a row when it holds; PostgreSQL's form of the guard asks for it as
/// the steps ask for the guard. SQLite runs the steps in order, PostgreSQL all on what was there before: a step reads
/// nothing that an earlier one writes, and what a later one deletes it still finds.
#[derive(Debug, Clone)]
pub struct Batch {
    /// What else has to be so, where the guard does not say it.
    pub(super) condition: Option<Step>,
    pub(super) guard: Step,
    pub(super) steps: Vec<Step>,
    pub(super) isolation: Isolation,
}

/// What a batch needs of PostgreSQL; SQLite runs one after the other anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Isolation {
    /// As if there were no others.
    Serializable,
    /// Constraints alone decide what may stand beside what.
    ReadCommitted,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All of it is written, durably.
    Applied,
    /// The guard did not hold; nothing is written.
    Missed,
}

impl Batch {
    /// A batch with its guard.
    #[must_use]
    pub const fn new(guard: Step) -> Self {
        Self { condition: None, guard, steps: Vec::new(), isolation: Isolation::Serializable }
    }

    /// The same batch for many writers at once: on PostgreSQL it neither waits for others nor is refused because of them,
    /// as long as they touch other rows. Only for what constraints hold together (unique and foreign keys), where nothing
    /// is concluded from a row that is missing.
    #[must_use]
    pub const fn side_by_side(mut self) -> Self {
        self.isolation = Isolation::ReadCommitted;
        self
    }

    /// The same batch, which is written only where this holds as well.
    #[must_use]
    pub fn only_where(mut self, condition: Step) -> Self {
        self.condition = Some(condition);
        self
    }

    /// Adds a step.
    pub fn push(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// Runs guard and steps one after the other. Whoever calls takes back what was written when one of them fails.
    pub(super) fn run_on_sqlite(&self, connection: &rusqlite::Connection) -> Result<Outcome> {
        let prepare = |step: &Step| connection.prepare_cached(step.sql.lite);
        if let Some(condition) = &self.condition
            && !prepare(condition)?.exists(rusqlite::params_from_iter(&condition.args))?
        {
            return Ok(Outcome::Missed);
        }
        if !prepare(&self.guard)?.exists(rusqlite::params_from_iter(&self.guard.args))? {
            return Ok(Outcome::Missed);
        }
        for step in &self.steps {
            prepare(step)?.execute(rusqlite::params_from_iter(&step.args))?;
        }
        Ok(Outcome::Applied)
    }

    /// The batch as one PostgreSQL statement with data-modifying CTEs, which all see the same snapshot.
    pub(super) fn postgres_text(&self) -> String {
        let size: usize = self.steps.iter().map(|step| step.sql.pg.len() + 64).sum();
        let mut text = String::with_capacity(self.guard.sql.pg.len() + size + 64);
        text.push_str("WITH ");
        let mut args = 0;
        if let Some(condition) = &self.condition {
            text.push_str("condition AS (");
            text.push_str(condition.sql.pg);
            text.push_str("), guard AS (");
            let end = [" ON CONFLICT", " RETURNING"].iter().filter_map(|word| self.guard.sql.pg.rfind(word)).min();
            let (holds, then) = self.guard.sql.pg.split_at(end.unwrap_or(self.guard.sql.pg.len()));
            args = condition.args.len();
            push_renumbered(&mut text, holds, args);
            text.push_str(" AND EXISTS (SELECT 1 FROM condition)");
            push_renumbered(&mut text, then, args);
        } else {
            text.push_str("guard AS (");
            text.push_str(self.guard.sql.pg);
        }
        text.push(')');
        args += self.guard.args.len();
        for (number, step) in self.steps.iter().enumerate() {
            let _ = write!(text, ", step{number} AS (");
            let (condition, conflict) =
                step.sql.pg.split_at(step.sql.pg.rfind(" ON CONFLICT").unwrap_or(step.sql.pg.len()));
            push_renumbered(&mut text, condition, args);
            text.push_str(" AND EXISTS (SELECT 1 FROM guard)");
            push_renumbered(&mut text, conflict, args);
            text.push(')');
            args += step.args.len();
        }
        text.push_str(" SELECT count(*) AS hits FROM guard");
        text
    }

    /// The statements of which it is made; batches of the same ones have the same text.
    pub(super) fn statements(&self) -> impl Iterator<Item = &'static Sql> {
        let condition = self.condition.iter().map(|step| step.sql);
        condition.chain(std::iter::once(self.guard.sql)).chain(self.steps.iter().map(|step| step.sql))
    }

    /// All arguments in order.
    pub(super) fn into_args(self) -> Vec<Value> {
        let mut args = self.condition.map(|condition| condition.args).unwrap_or_default();
        args.extend(self.guard.args);
        args.reserve(self.steps.iter().map(|step| step.args.len()).sum());
        args.extend(self.steps.into_iter().flat_map(|step| step.args));
        args
    }
}

/// Copies a statement with every `$n` raised by `offset`.
fn push_renumbered(out: &mut String, sql: &str, offset: usize) {
    let mut rest = sql;
    while let Some(position) = rest.find('$') {
        let (before, from) = rest.split_at(position + 1);
        out.push_str(before);
        let digits = from.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = from.split_at(digits);
        if let Ok(number) = number.parse::<usize>() {
            let _ = write!(out, "{}", number + offset);
        }
        rest = after;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::push_renumbered;

    #[test]
    fn arguments_of_later_steps_move_behind_those_of_earlier_ones() {
        let mut out = String::new();
        push_renumbered(&mut out, "SELECT $1, $12 WHERE x = $2", 10);
        assert_eq!(out, "SELECT $11, $22 WHERE x = $12");
    }
}

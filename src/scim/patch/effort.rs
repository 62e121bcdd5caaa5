//! How often the path filters of one message may be tested.
//!
//! The number of operations, the length of a filter and that of a list have a bound each, and still their product is
//! minutes of work for a message of a few hundred kilobytes. So the product is counted before it is worked off.

use super::MAX_OPERATIONS;
use crate::scim::error::{Error, ScimType};
use crate::scim::filter::Filter;
use crate::scim::path::Selector;
use crate::scim::schema::AttrRef;

/// The length that a list without a bound is taken for: a large group.
const LARGE: usize = 10_000;

/// The tests of one condition on one value so far.
#[derive(Debug, Default)]
pub struct Effort(usize);

impl Effort {
    /// Counts a path filter on a list of that many values. Enough for [`MAX_OPERATIONS`] operations that each look for
    /// one thing in a full list.
    ///
    /// # Errors
    ///
    /// `tooMany` when it becomes too much.
    pub fn spend(&mut self, selector: &Selector<'_>, values: usize, target: AttrRef<'_>) -> Result<(), Error> {
        let most = MAX_OPERATIONS.saturating_mul(target.attribute.max_items.unwrap_or(LARGE));
        self.0 = self.0.saturating_add(conditions(&selector.filter).saturating_mul(values));
        if self.0 <= most {
            return Ok(());
        }
        let whole = AttrRef { sub: None, ..target };
        Err(Error::bad_request(
            ScimType::TooMany,
            format!(
                "the filters up to here test the values of {whole} more than {most} times; send fewer operations, or \
                 shorter filters, in one request"
            ),
        ))
    }
}

fn conditions(filter: &Filter<'_>) -> usize {
    match filter {
        Filter::And(left, right) | Filter::Or(left, right) => conditions(left).saturating_add(conditions(right)),
        Filter::Not(inside) | Filter::Element(_, inside) => conditions(inside),
        Filter::Present(_) | Filter::Compare(..) => 1,
    }
}

//! Members as they are sent, and operations about them.

use serde_json::{Map, Value};

use super::{MEMBERS, What, Wish, Wishes, select};
use crate::scim::error::Error;
use crate::scim::patch::{Operation, Verb, described, in_operation, only_those};
use crate::scim::path::Path;
use crate::scim::resource::{Place, blank, changes, one_or_many};
use crate::scim::schema::{AttrRef, ResourceType};

/// Takes the operations about members out of the others.
///
/// # Errors
///
/// With the operation's number in `detail`: `invalidValue` for a member that names nobody, `mutability` for a
/// sub-attribute of members, `invalidFilter` for a path filter that asks for more than `value` and `type`, `noTarget`
/// for a replacement that describes no member.
pub fn separate(operations: Vec<Operation<'_>>) -> Result<(Wishes<'_>, Vec<Operation<'_>>), Error> {
    let mut wishes = Vec::new();
    let mut others = Vec::new();
    for operation in operations {
        let about_members = matches!(&operation.path, Path::Attribute { target, .. }
            if target.extension.is_none() && target.attribute.name == MEMBERS);
        if about_members {
            let index = operation.index;
            let what = read(operation).map_err(|error| in_operation(index, error))?;
            wishes.push(Wish { index, what });
        } else {
            others.push(operation);
        }
    }
    Ok((Wishes(wishes), others))
}

fn read(operation: Operation<'_>) -> Result<What<'_>, Error> {
    let Operation { verb, path: Path::Attribute { target, selector }, value, .. } = operation else {
        return Err(Error::invalid_path("members are an attribute"));
    };
    if let Some(sub) = target.sub {
        return Err(Error::mutability(format!(
            "members.{} cannot be changed in place; remove the member and add another",
            sub.name
        )));
    }
    let Some(selector) = selector else {
        return Ok(match verb {
            Verb::Add => What::Add(ids(target, &value)?),
            Verb::Replace => What::Replace(ids(target, &value)?),
            Verb::Remove => match only_those(&value) {
                Some(those) => What::Remove(ids(target, those)?),
                None => What::RemoveAll,
            },
        });
    };
    select::check(&selector.expression)?;
    match verb {
        Verb::Remove => Ok(What::Exchange(selector, Vec::new())),
        Verb::Replace if blank(&value) => Ok(What::Exchange(selector, Vec::new())),
        Verb::Add | Verb::Replace => {
            let new = described(Some(&selector), changes(Place::of(target), the_one(&value))?, target)?;
            let id = new.get("value").and_then(Value::as_str).map(str::to_owned);
            let id = id.ok_or_else(|| Place::of(target).refuse("names nobody: send the id of a member as value"))?;
            Ok(if verb == Verb::Add { What::Add(vec![id]) } else { What::Exchange(selector, vec![id]) })
        }
    }
}

/// The one value of a list of one.
fn the_one(sent: &Value) -> &Value {
    match one_or_many(sent) {
        [only] => only,
        _ => sent,
    }
}

/// The identifiers in a list of members: objects with `value`, or bare texts.
fn ids(target: AttrRef<'_>, sent: &Value) -> Result<Vec<String>, Error> {
    let mut ids = Vec::new();
    for (position, sent) in one_or_many(sent).iter().enumerate().filter(|(_, sent)| !blank(sent)) {
        let place = Place::of(target).element(position);
        let value = changes(place, sent)?.into_iter().find(|(sub, _)| sub.name == "value").and_then(|(_, value)| value);
        match value {
            Some(Value::String(id)) => ids.push(id),
            _ => return Err(place.refuse("names nobody: send the id of a member as value")),
        }
    }
    Ok(ids)
}

/// Takes the members out of the body of a `POST` or `PUT`, wherever they stand in it; `None` when it does not name them.
/// `null` and an empty list name nobody.
///
/// # Errors
///
/// `invalidValue` for a member that names nobody, or that is none.
pub fn take(body: &mut Value) -> Result<Option<Vec<String>>, Error> {
    let group = ResourceType::group();
    let (Some(body), Some(target)) = (body.as_object_mut(), group.find(None, MEMBERS, None)) else { return Ok(None) };
    let block = body.iter().find(|(key, block)| key.eq_ignore_ascii_case(&group.core.id) && block.is_object());
    let block = block.map(|(key, _)| key.clone());
    let taken = match take_key(body, MEMBERS) {
        Some(taken) => Some(taken),
        None => block.and_then(|key| take_key(body.get_mut(&key)?.as_object_mut()?, MEMBERS)),
    };
    taken.map(|sent| ids(target, &sent)).transpose()
}

/// The value of a key, letter case aside. A key that is there twice stays: whoever reads the body next refuses it.
fn take_key(object: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let mut keys = object.keys().filter(|key| key.eq_ignore_ascii_case(name));
    match (keys.next().cloned(), keys.next()) {
        (Some(key), None) => object.remove(&key),
        _ => None,
    }
}

//! How texts of rules and of the IdP are read: keys of things as the stock reads them, attributes as SCIM does.

use crate::domain::grant::document::Vocabulary;
use crate::domain::thing::Kind;
use crate::domain::thing::key::{Key, NumberingPlan};
use crate::scim::path::{self, Path};
use crate::scim::schema::ResourceType;

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Words {
    plan: NumberingPlan,
}

impl Vocabulary for Words {
    fn key(&self, kind: Kind, text: &str) -> Result<String, String> {
        Key::parse(kind.class(), text, self.plan).map(|key| key.to_string()).map_err(|error| error.to_string())
    }

    fn attribute(&self, text: &str) -> Result<String, String> {
        match path::parse(text, ResourceType::user()) {
            Ok(Path::Attribute { .. }) => Ok(text.trim_ascii().to_owned()),
            Ok(Path::Extension(schema)) => {
                Err(format!("{} is a whole extension; name one of its attributes", schema.id))
            }
            Err(error) => Err(error.detail),
        }
    }
}

//! OfficeDesks: restricted accesses to the telephone system with exactly set rights (`domain.md`: OfficeDesk).

use std::collections::BTreeSet;

use crate::base::showable::is_unshowable;

/// The longest name of a desk, in characters.
pub const MAX_NAME: usize = 120;

/// What a desk may do besides using extensions and devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "these are the switches of the manual")]
pub struct Switches {
    /// Send faxes.
    pub fax: bool,
    /// Send short messages.
    pub sms: bool,
    /// Keep an address book of its own.
    pub contacts: bool,
    /// See the call lists, all of them.
    pub call_list: bool,
}

impl Switches {
    /// What either allows.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self {
            fax: self.fax || other.fax,
            sms: self.sms || other.sms,
            contacts: self.contacts || other.contacts,
            call_list: self.call_list || other.call_list,
        }
    }
}

/// Which extensions or which devices a desk may use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
pub struct Access {
    /// Whatever its employee holds.
    pub own: bool,
    /// These as well, by key.
    pub listed: BTreeSet<String>,
}

/// A desk as somebody asks for it: a rule for each of its members, or the administrator for one employee.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct DeskOffer {
    /// The name, or a [`template`](expand) of it.
    pub name: String,
    /// What it may do.
    pub switches: Switches,
    /// The extensions it may use.
    pub extensions: Access,
    /// The devices it may use.
    pub devices: Access,
}

/// How far the registration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// No registration mail was sent.
    New,
    /// The mail is out.
    Invited,
    /// The employee has set his password, or come through single sign-on.
    Active,
}

impl Status {
    /// The closed-set name, as it is stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Invited => "invited",
            Self::Active => "active",
        }
    }

    /// The status of a [`name`](Self::name).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::New, Self::Invited, Self::Active].into_iter().find(|status| status.name() == name)
    }

    /// What is shown: `locked` while the desk's employee is, whatever the desk's own status.
    #[must_use]
    pub const fn shown(self, locked: bool) -> &'static str {
        if locked { "locked" } else { self.name() }
    }

    /// After the registration mail was sent. It can be sent again at any time; who is active stays so.
    #[must_use]
    pub const fn after_mail(self) -> Self {
        match self {
            Self::New | Self::Invited => Self::Invited,
            Self::Active => Self::Active,
        }
    }
}

/// The name to log in with: customer number and name of the desk. Names are unique in the tenant, letter case aside, so
/// this is, too.
#[must_use]
pub fn user_name(customer_number: &str, name: &str) -> String {
    format!("{customer_number} {name}")
}

/// What a name can be made of.
#[derive(Debug, Clone, Copy)]
pub struct NameParts<'a> {
    /// `{given_name}`
    pub given_name: &'a str,
    /// `{family_name}`
    pub family_name: &'a str,
    /// `{display_name}`
    pub display_name: &'a str,
    /// `{user_name}`
    pub user_name: &'a str,
}

/// The placeholders of a template.
pub const PLACEHOLDERS: [&str; 4] = ["given_name", "family_name", "display_name", "user_name"];

/// The name that a template gives for one employee. What is not known of him is left out, blanks in a row become one; if
/// nothing remains, it is his user name. Never longer than [`MAX_NAME`].
///
/// ```
/// use deskgate::domain::office_desk::{NameParts, expand};
///
/// let ada = NameParts { given_name: "Ada", family_name: "", display_name: "", user_name: "ada@contoso.example" };
/// assert_eq!(expand("{given_name} {family_name} Desktop", ada), "Ada Desktop");
/// assert_eq!(expand("{family_name}", ada), "ada@contoso.example");
/// ```
#[must_use]
pub fn expand(template: &str, parts: NameParts<'_>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        let Some((placeholder, after)) = behind.split_once('}') else { break };
        text.push_str(match placeholder {
            "given_name" => parts.given_name,
            "family_name" => parts.family_name,
            "display_name" => parts.display_name,
            "user_name" => parts.user_name,
            _ => "",
        });
        rest = after;
    }
    if !rest.contains('{') {
        text.push_str(rest);
    }
    let mut name = String::new();
    for word in text.split(|c: char| c.is_whitespace() || is_unshowable(c)).filter(|word| !word.is_empty()) {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    if name.is_empty() {
        parts.user_name.clone_into(&mut name);
    }
    shortened(&name, MAX_NAME)
}

/// The name with something behind it that makes it another, still no longer than [`MAX_NAME`].
#[must_use]
pub fn distinguished(name: &str, by: &str) -> String {
    let tail = format!(" ({})", shortened(by, MAX_NAME / 2));
    format!("{}{tail}", shortened(name, MAX_NAME - tail.chars().count()))
}

fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect::<String>().trim_end().to_owned()
}

/// Checks the name of a desk, or a template of it.
///
/// # Errors
///
/// What is wrong, as the end of a sentence that begins with the place of the name.
pub fn check_name(template: &str) -> Result<(), String> {
    if template.trim().is_empty() {
        return Err("a desk needs a name".to_owned());
    }
    if template.chars().count() > MAX_NAME {
        return Err(format!("a name has at most {MAX_NAME} characters"));
    }
    if template.chars().any(is_unshowable) {
        return Err("a name has no control characters".to_owned());
    }
    let known = || PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((placeholder, after)) = behind.split_once('}') else {
            return Err("a { has no } behind it".to_owned());
        };
        if before.contains('}') {
            return Err("a } has no { before it".to_owned());
        }
        if !PLACEHOLDERS.contains(&placeholder) {
            return Err(format!("there is no {{{placeholder}}}; a name can have {}", known()));
        }
        rest = after;
    }
    if rest.contains('}') {
        return Err("a } has no { before it".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MAX_NAME, NameParts, Status, Switches, check_name, distinguished, expand, user_name};

    const MAXI: NameParts<'static> = NameParts {
        given_name: "Maxi",
        family_name: "Muster",
        display_name: "Maxi M.",
        user_name: "maxi@contoso.example",
    };

    #[test]
    fn a_desks_user_name_is_customer_number_and_name() {
        assert_eq!(user_name("10001", "Maxi Desktop"), "10001 Maxi Desktop");
    }

    #[test]
    fn templates_give_names() {
        for (template, name) in [
            ("{given_name} Desktop", "Maxi Desktop"),
            ("{family_name}, {given_name}", "Muster, Maxi"),
            ("{display_name}", "Maxi M."),
            ("  Empfang \t 1 ", "Empfang 1"),
            ("{", "maxi@contoso.example"),
        ] {
            assert_eq!(expand(template, MAXI), name, "{template}");
        }
        let nobody = NameParts { given_name: "", ..MAXI };
        assert_eq!(expand("{given_name}", nobody), "maxi@contoso.example");
        assert_eq!(expand(&"x".repeat(500), MAXI).chars().count(), MAX_NAME);
    }

    #[test]
    fn two_of_one_name_are_told_apart() {
        assert_eq!(distinguished("Maxi Desktop", "maxi@b"), "Maxi Desktop (maxi@b)");
        let long = distinguished(&"x".repeat(MAX_NAME), "maxi@b");
        assert!(long.ends_with(" (maxi@b)") && long.chars().count() == MAX_NAME);
        let both = distinguished(&"x".repeat(MAX_NAME), &"y".repeat(200));
        assert!(both.starts_with("xxx") && both.ends_with("y)") && both.chars().count() == MAX_NAME, "{both}");
    }

    #[test]
    fn templates_that_cannot_work_are_refused() {
        for (template, problem) in [
            (" ", "a desk needs a name"),
            (
                "{given_nam}",
                "there is no {given_nam}; a name can have {given_name}, {family_name}, {display_name}, {user_name}",
            ),
            ("{given_name", "a { has no } behind it"),
            ("given_name}", "a } has no { before it"),
            ("a} {given_name}", "a } has no { before it"),
            ("a\nb", "a name has no control characters"),
        ] {
            assert_eq!(check_name(template), Err(problem.to_owned()), "{template:?}");
        }
        assert_eq!(check_name("{given_name} Desktop"), Ok(()));
    }

    #[test]
    fn a_desk_is_new_then_invited_then_active_and_locked_with_its_employee() {
        assert_eq!(Status::New.after_mail(), Status::Invited);
        assert_eq!(Status::Active.after_mail(), Status::Active);
        assert_eq!((Status::Active.shown(true), Status::Active.shown(false)), ("locked", "active"));
        assert_eq!(Status::parse("invited"), Some(Status::Invited));
        assert_eq!(Status::parse("locked"), None);
    }

    #[test]
    fn a_switch_is_on_when_any_source_turns_it_on() {
        let fax = Switches { fax: true, ..Switches::default() };
        let sms = Switches { sms: true, ..Switches::default() };
        assert_eq!(fax.union(sms), Switches { fax: true, sms: true, ..Switches::default() });
    }
}

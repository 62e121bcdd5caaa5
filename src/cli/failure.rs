//! How a command fails: an exit code for the script, a sentence and an advice for the person.

use std::error::Error;
use std::process::ExitCode;

use crate::app::administration::AdministrationError;
use crate::app::clients::ClientError;
use crate::app::keys::KeyError;
use crate::app::sip_domains::SipDomainError;
use crate::app::tenants::TenantError;
use crate::app::tokens::TokenError;
use crate::base::showable::showable_lines;
use crate::config::ConfigErrors;
use crate::config::secrets::KeyFileError;
use crate::storage::StorageError;
use crate::telemetry::TelemetryError;

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It did not work.
    Failed = 1,
    /// Flags, variables or the TOML file are wrong (clap uses the same number).
    Usage = 2,
    /// There is no such tenant, token, client, employee.
    NotFound = 3,
    /// Somebody has it already.
    Conflict = 4,
    /// The database cannot be used.
    Database = 5,
    /// Something would change, and it was asked whether.
    Changes = 6,
}

/// Why a command did not do as told.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    what: String,
    advice: String,
    told: bool,
}

impl Failure {
    /// A failure; `what` is a sentence without capital and dot.
    #[must_use]
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), advice: String::new(), told: false }
    }

    /// For a command whose output has said it all: only the exit code is left.
    #[must_use]
    pub const fn told(exit: Exit) -> Self {
        Self { exit, what: String::new(), advice: String::new(), told: true }
    }

    /// What to do about it; a whole sentence.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// The kind.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// Writes it to standard error and hands out the exit code.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "the one place where a command's failure is told")]
    pub fn tell(&self) -> ExitCode {
        if !self.told {
            eprintln!("{}", showable_lines(&self.to_string()));
        }
        ExitCode::from(self.exit as u8)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A list has no dot at its end.
        let dot = if self.what.contains('\n') || self.what.ends_with(['.', '!', '?']) { "" } else { "." };
        write!(f, "deskgate: {}{dot}", self.what)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "\n{}", self.advice) }
    }
}

/// An error with its causes, each once.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let more = next.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = next.source();
    }
    text
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        let what = with_causes(&error);
        let failure = Self::new(Exit::Database, what.clone());
        match error {
            StorageError::Schema(_) => schema(&what),
            StorageError::Address(_) => Self::new(Exit::Usage, what).advise("Set --database or DESKGATE_DATABASE."),
            StorageError::InUse(_) => failure.advise("Stop the other daemon, or give this one a file of its own."),
            StorageError::Busy | StorageError::TimedOut | StorageError::Closed | StorageError::CommitUnknown(_) => {
                failure.advise("Try again in a moment.")
            }
            StorageError::File { .. } => {
                failure.advise("See that the directory is there, belongs to the user who runs this, and has room.")
            }
            StorageError::Postgres(_) => {
                failure.advise("See that the server runs and that address, user and password are right.")
            }
            StorageError::Sqlite(_) | StorageError::CommitFailed(_) => failure.advise(
                "See that the file is a database of Deskgate, that its directory can be written, and that the \
                         disk has room.",
            ),
            StorageError::Unreadable(_) => {
                failure.advise("A newer release wrote it; go on with that one, or restore the backup from before it.")
            }
            StorageError::Unique(_)
            | StorageError::ForeignKey
            | StorageError::NoRow
            | StorageError::Panicked(_)
            | StorageError::Misuse(_) => failure.advise("This is a bug; please report it."),
        }
    }
}

/// The store says in one sentence what is wrong with the schema and, after its last semicolon, what to do.
fn schema(text: &str) -> Failure {
    let Some((what, advice)) = text.rsplit_once("; ") else { return Failure::new(Exit::Database, text) };
    let mut letters = advice.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    Failure::new(Exit::Database, what).advise(format!("{first}{}.", letters.as_str()))
}

impl From<TenantError> for Failure {
    fn from(error: TenantError) -> Self {
        match error {
            TenantError::Invalid(what) => Self::new(Exit::Usage, what),
            TenantError::NameTaken(_) | TenantError::CustomerNumberTaken(_) | TenantError::Ambiguous(_) => {
                Self::new(Exit::Conflict, error.to_string()).advise("Choose another, or see: deskgate tenant list")
            }
            TenantError::NotFound(_) => {
                Self::new(Exit::NotFound, error.to_string()).advise("See which there are: deskgate tenant list")
            }
            TenantError::GroupNameShared(_) => Self::new(Exit::Conflict, error.to_string()).advise(
                "Rename one of them in the identity provider; see: deskgate groups --tenant NAME --search TEXT",
            ),
            TenantError::Storage(error) => error.into(),
        }
    }
}

impl From<AdministrationError> for Failure {
    fn from(error: AdministrationError) -> Self {
        match error {
            AdministrationError::Document(errors) => {
                let mistakes = if errors.count() == 1 { "mistake" } else { "mistakes" };
                Self::new(Exit::Usage, format!("the rules hold {} {mistakes}:\n{errors}", errors.count()))
            }
            AdministrationError::Invalid(faults) => {
                let faults: Vec<String> = faults.into_iter().map(|fault| fault.detail).collect();
                Self::new(Exit::Usage, faults.join("\n"))
            }
            AdministrationError::NotFound(_) => Self::new(Exit::NotFound, error.to_string()),
            AdministrationError::Conflict(_)
            | AdministrationError::PlanChanged(_)
            | AdministrationError::VersionMismatch { .. }
            | AdministrationError::KeyReused => Self::new(Exit::Conflict, error.to_string()),
            AdministrationError::Photo(_) | AdministrationError::Cursor | AdministrationError::TooExpensive => {
                Self::new(Exit::Usage, error.to_string())
            }
            AdministrationError::Raced | AdministrationError::Crowded => StorageError::Busy.into(),
            AdministrationError::Storage(error) => error.into(),
        }
    }
}

impl From<SipDomainError> for Failure {
    fn from(error: SipDomainError) -> Self {
        match error {
            SipDomainError::Tenant(error) => error.into(),
            SipDomainError::Invalid(what) => Self::new(Exit::Usage, what.to_string()),
            SipDomainError::Taken(_) => Self::new(Exit::Conflict, error.to_string()).advise("Choose another."),
            SipDomainError::InUse => Self::new(Exit::Conflict, error.to_string()).advise(
                "Delete those devices first; the telephones have to be set up anew with another domain anyway.",
            ),
            SipDomainError::Storage(error) => error.into(),
        }
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Tenant(error) => error.into(),
            TokenError::Invalid(what) => Self::new(Exit::Usage, what),
            TokenError::TooMany { .. } => Self::new(Exit::Conflict, error.to_string())
                .advise("Revoke the one that is not in use: deskgate token revoke --tenant NAME ID"),
            TokenError::NotFound(_) => Self::new(Exit::NotFound, error.to_string())
                .advise("See which there are: deskgate token list --tenant NAME"),
            TokenError::Dead(_) => Self::new(Exit::Conflict, error.to_string())
                .advise("Make a new one: deskgate token create --tenant NAME"),
            TokenError::Key(error) => error.into(),
            TokenError::Random(_) => Self::new(Exit::Failed, with_causes(&error)).advise("Try again in a moment."),
            TokenError::Storage(error) => error.into(),
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Tenant(error) => error.into(),
            ClientError::Invalid(what) => Self::new(Exit::Usage, what),
            ClientError::NoConnection(_) => {
                Self::new(Exit::NotFound, error.to_string()).advise("See which there are: deskgate tenant show NAME")
            }
            ClientError::TooMany(_) => Self::new(Exit::Conflict, error.to_string()).advise(
                "Revoke the one that is not in use (deskgate client revoke --tenant NAME ID --key ID), or let all of \
                 them end at once (deskgate client rotate --tenant NAME ID --overlap 0s)",
            ),
            ClientError::Dead(_) => Self::new(Exit::Conflict, error.to_string())
                .advise("Make a new one: deskgate client create --tenant NAME"),
            ClientError::NotFound(_) | ClientError::NoKey(_) => Self::new(Exit::NotFound, error.to_string())
                .advise("See which there are: deskgate client list --tenant NAME"),
            ClientError::SameKey => Self::new(Exit::Conflict, error.to_string())
                .advise("A key that has ended must not come back, and two that are the same are one: make a new pair."),
            ClientError::Key(error) => error.into(),
            ClientError::Random(_) => Self::new(Exit::Failed, with_causes(&error)).advise("Try again in a moment."),
            ClientError::Storage(error) => error.into(),
        }
    }
}

/// What to do where the tokens were made under another key.
pub(super) const ANOTHER_KEY: &str = "Give the daemon and all commands the same secrets.key_file (DESKGATE_KEY_FILE), if \
                                      need be from the backup. Is the key lost? Revoke the tokens and client secrets \
                                      that hang on it; the daemon then starts with this one.";

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Another(_) => Self::new(Exit::Usage, error.to_string()).advise(ANOTHER_KEY),
            KeyError::Damaged => Self::new(Exit::Database, error.to_string()).advise("Restore a backup."),
            KeyError::Random(_) => Self::new(Exit::Failed, with_causes(&error)).advise("Try again in a moment."),
            KeyError::Storage(error) => error.into(),
        }
    }
}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Self {
        let ConfigErrors(list) = &errors;
        let mistakes = if list.len() == 1 { "mistake" } else { "mistakes" };
        Self::new(Exit::Usage, format!("the settings hold {} {mistakes}:\n{errors}", list.len()))
            .advise("Each setting is explained by: deskgate serve --help")
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        Self::new(Exit::Usage, error.to_string()).advise(error.advice())
    }
}

impl From<TelemetryError> for Failure {
    fn from(error: TelemetryError) -> Self {
        Self::new(Exit::Failed, with_causes(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, Failure};
    use crate::app::tenants::TenantError;
    use crate::app::tokens::TokenError;
    use crate::domain::credential::TokenScope;
    use crate::storage::StorageError;

    #[test]
    fn every_failure_has_its_exit_code_a_sentence_and_an_advice() {
        let behind = "the database lacks 1 of this release's schema changes; run `deskgate migrate`";
        let table: [(Failure, Exit, &str); 7] = [
            (StorageError::Schema(behind.into()).into(), Exit::Database, "changes.\nRun `deskgate migrate`."),
            (TenantError::NotFound("Contoso".into()).into(), Exit::NotFound, "there is no tenant named \"Contoso\""),
            (TenantError::NameTaken("Contoso".into()).into(), Exit::Conflict, "named \"Contoso\" already"),
            (
                TokenError::TooMany { tenant: "a, b".into(), scope: TokenScope::Scim }.into(),
                Exit::Conflict,
                "2 active tokens of this kind already",
            ),
            (TokenError::NotFound("x".into()).into(), Exit::NotFound, "there is no token x in this tenant"),
            (StorageError::Busy.into(), Exit::Database, "the database is busy"),
            (
                TokenError::Tenant(TenantError::Storage(StorageError::Busy)).into(),
                Exit::Database,
                "the database is busy",
            ),
        ];
        for (failure, exit, what) in table {
            assert_eq!(failure.exit(), exit);
            let text = failure.to_string();
            assert!(text.starts_with("deskgate: ") && text.contains(what) && text.lines().count() == 2, "{text}");
        }
    }
}

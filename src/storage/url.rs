//! The address of a database.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::StorageError;

/// Where the database is. Neither `Debug` nor `Display` shows a password (R1).
#[derive(Clone)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`: a file of this machine.
    Sqlite(PathBuf),
    /// `postgres://…`: a server, perhaps with a password.
    Postgres(SecretString),
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    ///
    /// `Address` with the forms there are; it does not repeat the text, which may hold a password.
    pub fn parse(text: &str) -> Result<Self, StorageError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.is_empty() && !path.contains('?') && path != ":memory:" {
                return Ok(Self::Sqlite(PathBuf::from(path)));
            }
        }
        if (text.starts_with("postgres://") || text.starts_with("postgresql://"))
            && url::Url::parse(text).is_ok()
            && text.parse::<sqlx::postgres::PgConnectOptions>().is_ok()
        {
            return Ok(Self::Postgres(text.to_owned().into()));
        }
        Err(StorageError::Address(
            "the database must be given as sqlite:PATH (a file) or postgres://USER:PASSWORD@HOST:PORT/DATABASE"
                .to_owned(),
        ))
    }
}

impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(address) => f.write_str(&without_password(address.expose_secret())),
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// A database's address without its password, be it in the usual place or among the parameters (R1).
#[must_use]
pub fn without_password(text: &str) -> String {
    const HIDDEN: &str = "***";
    if text.starts_with("sqlite:") {
        return text.to_owned();
    }
    let Ok(mut url) = url::Url::parse(text) else { return HIDDEN.to_owned() };
    if url.password().is_some() && url.set_password(Some(HIDDEN)).is_err() {
        return HIDDEN.to_owned();
    }
    if url.query().is_some() {
        let parameters: Vec<_> = url.query_pairs().into_owned().collect();
        let mut query = url.query_pairs_mut();
        query.clear();
        for (name, value) in parameters {
            // The options of a session may set anything.
            let secret = name == "options" || name.to_ascii_lowercase().contains("password");
            query.append_pair(&name, if secret { HIDDEN } else { &value });
        }
    }
    url.into()
}

#[cfg(test)]
mod tests {
    use super::{DatabaseUrl, without_password};

    #[test]
    fn r1_a_password_is_never_shown() {
        for address in ["postgres://deskgate:s3cret@db:5432/x", "postgres://db/x?user=a&password=s3cret"] {
            let url = DatabaseUrl::parse(address).unwrap();
            assert!(!format!("{url} {url:?}").contains("s3cret"), "{url}");
        }
    }

    #[test]
    fn both_forms_are_read_and_others_refused_without_repeating_them() {
        assert_eq!(
            DatabaseUrl::parse("sqlite:/var/lib/deskgate.db").unwrap().to_string(),
            "sqlite:/var/lib/deskgate.db"
        );
        assert_eq!(DatabaseUrl::parse("sqlite:///tmp/x.db").unwrap().to_string(), "sqlite:/tmp/x.db");
        for wrong in ["", "sqlite:", "sqlite::memory:", "mysql://root:s3cret@db/x", "postgres:/x", "deskgate.db"] {
            let error = DatabaseUrl::parse(wrong).unwrap_err().to_string();
            assert!(error.contains("sqlite:PATH") && !error.contains("s3cret"), "{wrong}: {error}");
        }
    }

    #[test]
    fn r1_a_password_in_a_database_url_is_never_shown() {
        for (url, shown) in [
            ("sqlite:/var/lib/deskgate/deskgate.db", "sqlite:/var/lib/deskgate/deskgate.db"),
            ("postgres://dg:geheim@db.example/dg", "postgres://dg:***@db.example/dg"),
            ("postgres://dg@db.example/dg?sslmode=require", "postgres://dg@db.example/dg?sslmode=require"),
            ("postgres://db/dg?user=dg&password=geheim", "postgres://db/dg?user=dg&password=***"),
            ("postgres://db/dg?sslpassword=geheim", "postgres://db/dg?sslpassword=***"),
            ("postgres://db/dg?options=-c%20x%3Dgeheim", "postgres://db/dg?options=***"),
            ("postgres://[geheim", "***"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}

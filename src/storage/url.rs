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
            Self::Postgres(address) => match url::Url::parse(address.expose_secret()) {
                Ok(mut url) => {
                    if url.password().is_some() {
                        let _ = url.set_password(Some("***"));
                    }
                    // A password can also stand in the query.
                    let hidden: Vec<(String, String)> = url
                        .query_pairs()
                        .map(|(key, value)| {
                            let value = if key.contains("password") { "***".into() } else { value.into_owned() };
                            (key.into_owned(), value)
                        })
                        .collect();
                    if !hidden.is_empty() {
                        url.query_pairs_mut().clear().extend_pairs(hidden);
                    }
                    f.write_str(url.as_str())
                }
                Err(_) => f.write_str("postgres://***"),
            },
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::DatabaseUrl;

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
}

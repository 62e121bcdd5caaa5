//! `deskgate doctor`: what would keep the daemon from working, and what to do about it.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::exit_codes;
use super::failure::{ANOTHER_KEY, Exit, Failure, with_causes};
use super::output::{count, instant, paragraphs, print, print_json};
use super::settings::DaemonSettings;
use super::wiring::{self, Access};
use crate::app::App;
use crate::app::expiry::ExpiringCredential;
use crate::app::keys::{KeyError, KeyState};
use crate::base::clock::{Clock, Ts};
use crate::config::{self, Loaded};
use crate::storage::DatabaseUrl;

/// Look for whatever would keep the daemon from working, and say what to do
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Look for whatever would keep the daemon from working, and say what to do.\n\nIt changes no data and \
                  may run beside the daemon. Each line is marked ✓ (good), ! (works, but think about it) or ✗ (does \
                  not work). The exit code is 1 if there is any ✗. Give it the settings of the daemon, and run it as \
                  root or as the user the daemon runs as: others may not read them.",
    after_help = concat!(
        "Example:\n  sudo deskgate doctor --config /etc/deskgate/deskgate.toml\n\n",
        exit_codes!()
    )
)]
pub(super) struct Args {
    #[arg(
        long,
        help = r#"Print one JSON document: {"healthy": …, "checks": [{"check", "verdict", "finding", "advice"}]}"#
    )]
    json: bool,
    #[command(flatten)]
    settings: DaemonSettings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    Doubt,
    Bad,
}

/// What one look found.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Check {
    #[serde(rename = "check")]
    what: &'static str,
    verdict: Verdict,
    finding: String,
    advice: Option<String>,
}

impl Check {
    fn good(what: &'static str, finding: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Good, finding: finding.into(), advice: None }
    }

    fn doubt(what: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Doubt, finding: finding.into(), advice: Some(advice.into()) }
    }

    fn bad(what: &'static str, finding: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, verdict: Verdict::Bad, finding: finding.into(), advice: Some(advice.into()) }
    }
}

pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let checks = match config::load(&args.settings.sources()) {
        Ok(loaded) => look_around(&loaded).await?,
        Err(errors) => errors
            .0
            .iter()
            .map(|error| Check::bad("settings", error.to_string(), "Correct it, then run: deskgate check-config"))
            .collect(),
    };
    let bad = checks.iter().filter(|check| check.verdict == Verdict::Bad).count();
    if args.json {
        print_json(&json!({ "healthy": bad == 0, "checks": checks }))?;
    } else {
        print(&paragraphs(&told(&checks)))?;
    }
    if bad == 0 { Ok(()) } else { Err(Failure::told(Exit::Failed)) }
}

async fn look_around(loaded: &Loaded) -> Result<Vec<Check>, Failure> {
    let _log = wiring::quiet_log(loaded)?;
    let mut checks = settings(loaded);
    checks.push(key_file(loaded));
    checks.push(public_url(loaded));
    checks.push(address(loaded.config.server.listen).await);
    if let Ok(DatabaseUrl::Sqlite(file)) = &wiring::database_url(&loaded.config) {
        checks.extend(sqlite_file(file));
        checks.extend(disk(file));
    }
    checks.extend(database(loaded).await);
    Ok(checks)
}

fn settings(loaded: &Loaded) -> Vec<Check> {
    let source = match &loaded.file {
        Some(path) => format!("read from {}", path.display()),
        None => "no file; from environment, flags and defaults".to_owned(),
    };
    let mut checks = vec![Check::good("settings", source)];
    if let Some(path) = &loaded.file {
        let secret = loaded.config.database.shown.contains("***");
        match mode_of(path) {
            Ok(mode) if secret && mode & 0o004 != 0 => checks.push(Check::doubt(
                "settings",
                format!("{} holds the database's password and anybody can read it ({mode:04o})", path.display()),
                format!("Run: chmod o-r {}", path.display()),
            )),
            _ => {}
        }
    }
    checks
}

fn key_file(loaded: &Loaded) -> Check {
    match (&loaded.config.secrets.key_file, loaded.config.secrets.key()) {
        (None, _) => Check::good("key", "kept in the database"),
        (Some(path), Ok(_)) => Check::good("key", format!("read from {}", path.display())),
        (Some(_), Err(error)) => Check::bad("key", error.to_string(), error.advice()),
    }
}

fn public_url(loaded: &Loaded) -> Check {
    let server = &loaded.config.server;
    let shown = server.public_url(server.listen);
    match (&server.public_url, loaded.warnings.first()) {
        (_, Some(warning)) => {
            Check::doubt("public URL", warning.clone(), "Set server.public_url to the proxy's https:// address.")
        }
        (Some(url), None) if url.is_https() => Check::good("public URL", shown),
        (_, None) => Check::doubt(
            "public URL",
            format!("{shown} can be reached from this machine only"),
            "For an identity provider in the cloud, set server.public_url to the https:// address of a proxy.",
        ),
    }
}

/// Whether a daemon answers on its address, or whether one could.
async fn address(listen: SocketAddr) -> Check {
    const WHAT: &str = "daemon";
    match TcpListener::bind(listen).await {
        Ok(_) => Check::good(WHAT, format!("none runs here now; {listen} is free for it")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => match healthy(listen).await {
            Some(true) => Check::good(WHAT, format!("answers on {listen}")),
            Some(false) | None => Check::bad(
                WHAT,
                format!("{listen} is held by another program, or by a daemon that does not answer"),
                format!("See which: ss -ltnp 'sport = :{}'; end it, or choose another server.listen.", listen.port()),
            ),
        },
        Err(error) => Check::bad(
            WHAT,
            format!("cannot listen on {listen}: {error}"),
            "Choose an address of this machine, and a port above 1023 unless root runs it.",
        ),
    }
}

/// Whether what listens there says that it is alive, as a daemon does.
async fn healthy(listen: SocketAddr) -> Option<bool> {
    let ask = async {
        let mut stream = TcpStream::connect(listen).await.ok()?;
        let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.ok()?;
        let mut answer = Vec::new();
        stream.take(4096).read_to_end(&mut answer).await.ok()?;
        Some(answer.ends_with(b"alive\n"))
    };
    tokio::time::timeout(Duration::from_secs(2), ask).await.ok().flatten()
}

fn sqlite_file(file: &Path) -> Vec<Check> {
    let mut checks = Vec::new();
    // The log beside the file holds the same data.
    for path in [file.to_owned(), beside(file, "-wal")] {
        if let Ok(mode) = mode_of(&path)
            && mode & 0o077 != 0
        {
            checks.push(Check::doubt(
                "database file",
                format!("{} can be opened by others ({mode:04o})", path.display()),
                format!("Run: chmod 0600 {}", path.display()),
            ));
        }
    }
    if checks.is_empty() && file.exists() {
        checks.push(Check::good("database file", format!("{} is for its owner only", file.display())));
    }
    let directory = directory_of(file);
    if directory.is_dir() && rustix::fs::access(&directory, rustix::fs::Access::WRITE_OK).is_err() {
        checks.push(Check::bad(
            "database file",
            format!("the directory {} cannot be written, but SQLite makes files in it", directory.display()),
            "Give it to the daemon's user.",
        ));
    }
    checks
}

/// Below this nothing can be promised.
const DISK_FULL: u64 = 64 << 20;
/// Below this it is time to think.
const DISK_LOW: u64 = 1 << 30;

fn disk(file: &Path) -> Option<Check> {
    let directory = directory_of(file);
    let about = rustix::fs::statvfs(&directory).ok()?;
    let free = about.f_bavail.saturating_mul(about.f_frsize);
    let finding = format!("{} MiB free in {}", free >> 20, directory.display());
    Some(if free < DISK_FULL {
        Check::bad("disk", finding, "Make room: the daemon answers 503 when nothing can be written.")
    } else if free < DISK_LOW {
        Check::doubt("disk", finding, "Make room soon.")
    } else {
        Check::good("disk", finding)
    })
}

async fn database(loaded: &Loaded) -> Vec<Check> {
    let database = &loaded.config.database;
    let now = Clock::System.now();
    if loaded.config.secrets.key().is_err() {
        // Said already; a second line about the same key would only confuse.
        return vec![clock(now, None)];
    }
    let public_url = loaded.config.server.public_url(loaded.config.server.listen);
    let app = match wiring::open(&loaded.config, Access::Command, public_url).await {
        Ok(app) => app,
        Err(failure) => {
            let text = failure.to_string();
            let (what, advice) = text.split_once('\n').unwrap_or((&text, "See the log."));
            let what = what.strip_prefix("deskgate: ").unwrap_or(what);
            return vec![Check::bad("database", format!("{}: {what}", database.shown), advice), clock(now, None)];
        }
    };
    let mut checks = Vec::new();
    checks.push(match app.ready().await {
        Ok(()) => {
            let engine = match wiring::database_url(&loaded.config) {
                Ok(DatabaseUrl::Sqlite(_)) => format!(" (SQLite {})", rusqlite::version()),
                _ => String::new(),
            };
            Check::good("database", format!("{} answers and is up to date{engine}", database.shown))
        }
        Err(error) => Check::bad("database", format!("{}: {}", database.shown, with_causes(&error)), "Start it."),
    });
    checks.push(token_key(&app).await);
    let newest = match app.tenants().await {
        Ok(tenants) => {
            checks.push(if tenants.is_empty() {
                Check::doubt("tenants", "there are none", "Run: deskgate tenant create NAME --customer-number N")
            } else {
                Check::good("tenants", count(tenants.len(), "tenant", "tenants"))
            });
            tenants.iter().map(|tenant| tenant.created_at).max()
        }
        Err(error) => {
            checks.push(Check::bad("tenants", with_causes(&error), "Try again; if it stays so, restore a backup."));
            None
        }
    };
    checks.extend(credentials(&app).await);
    app.close().await;
    checks.push(clock(now, newest));
    checks
}

/// Whether the tokens in the database were made under the key that is configured.
async fn token_key(app: &App) -> Check {
    const WHAT: &str = "key";
    match app.key_state().await {
        Ok(KeyState::Ours) => Check::good(WHAT, "the tokens here were made under it"),
        Ok(KeyState::New) => Check::good(WHAT, "no token was made under any yet"),
        Ok(KeyState::Another(0)) => Check::doubt(
            WHAT,
            "not the one that the daemon had last; nothing that can still be used hangs on that",
            "If it is meant, start the daemon with it; if not, put secrets.key_file right.",
        ),
        Ok(KeyState::Another(active)) => Check::bad(WHAT, KeyError::Another(active).to_string(), ANOTHER_KEY),
        Err(error) => Check::bad(WHAT, with_causes(&error), "Try again; if it stays so, restore a backup."),
    }
}

/// What ends soon, by tenant and label: provisioning stops with it (I3).
async fn credentials(app: &App) -> Vec<Check> {
    const WHAT: &str = "credentials";
    let expiring = match app.expiring_credentials().await {
        Ok(expiring) => expiring,
        Err(error) => {
            return vec![Check::bad(WHAT, with_causes(&error), "Try again; if it stays so, restore a backup.")];
        }
    };
    if expiring.is_empty() {
        return vec![Check::good(WHAT, "none ends within 30 days")];
    }
    let told = |credential: &ExpiringCredential| {
        let ExpiringCredential { tenant, kind, id, label, expires_at, .. } = credential;
        Check::doubt(
            WHAT,
            format!("the {kind} {id} ({label}) of {tenant} ends on {}", instant(*expires_at)),
            match *kind {
                "token" => format!("Give it a successor: deskgate token rotate --tenant {tenant:?} {id}"),
                _ => format!("Make its successor: deskgate client create --tenant {tenant:?}"),
            },
        )
    };
    expiring.iter().map(told).collect()
}

/// `newest` is an instant that has certainly passed.
fn clock(now: Ts, newest: Option<Ts>) -> Check {
    const ADVICE: &str = "Set the clock and let it be kept right (chrony, systemd-timesyncd): expiry of tokens hangs \
                          on it.";
    let released = Ts::parse("2026-11-01T00:00:00Z").expect("a literal");
    let years_later = Ts::parse("2056-01-01T00:00:00Z").expect("a literal");
    if now < released || now > years_later {
        Check::bad("clock", format!("it says {now}"), ADVICE)
    } else if newest.is_some_and(|newest| now < newest) {
        Check::bad("clock", format!("it says {now}, but there are rows from later"), ADVICE)
    } else {
        Check::good("clock", format!("it says {now}"))
    }
}

fn mode_of(path: &Path) -> std::io::Result<u32> {
    Ok(std::fs::metadata(path)?.permissions().mode() & 0o7777)
}

fn directory_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn told(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check { what, verdict, finding, advice } in checks {
        let mark = match verdict {
            Verdict::Good => '✓',
            Verdict::Doubt => '!',
            Verdict::Bad => '✗',
        };
        text.push_str(&format_line(mark, what, finding, advice.as_deref()));
    }
    let number = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
    let sum = match (number(Verdict::Bad), number(Verdict::Doubt)) {
        (0, 0) => "All is well.".to_owned(),
        (0, doubts) => format!("It works; {} to think about.", count(doubts, "thing", "things")),
        (bad, _) => format!("{} must be put right.", count(bad, "thing", "things")),
    };
    text.push('\n');
    text.push_str(&sum);
    text.push('\n');
    text
}

fn format_line(mark: char, what: &str, finding: &str, advice: Option<&str>) -> String {
    match advice {
        Some(advice) => format!("{mark} {what}: {finding}\n    {advice}\n"),
        None => format!("{mark} {what}: {finding}\n"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Check, Verdict, clock, key_file, public_url, sqlite_file, told};
    use crate::base::clock::Ts;
    use crate::config::{Loaded, Sources, load};

    fn loaded(environment: &[(&str, &str)]) -> Loaded {
        let environment = environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
        load(&Sources { file: None, default_file: "/nowhere".into(), environment, flags: Vec::new() }).unwrap()
    }

    #[test]
    fn public_urls_are_judged_by_who_can_use_them() {
        let verdict = |environment: &[(&str, &str)]| public_url(&loaded(environment)).verdict;
        assert_eq!(verdict(&[("DESKGATE_PUBLIC_URL", "https://scim.example.com")]), Verdict::Good);
        assert_eq!(verdict(&[("DESKGATE_PUBLIC_URL", "http://scim.example.com")]), Verdict::Doubt);
        assert_eq!(verdict(&[("DESKGATE_LISTEN", "0.0.0.0:80")]), Verdict::Doubt);
        assert_eq!(verdict(&[]), Verdict::Doubt);
    }

    #[test]
    fn a_key_file_that_is_missing_is_bad() {
        assert_eq!(key_file(&loaded(&[])).verdict, Verdict::Good);
        assert_eq!(key_file(&loaded(&[("DESKGATE_KEY_FILE", "/nowhere/key")])).verdict, Verdict::Bad);
    }

    #[test]
    fn a_database_file_that_others_can_open_is_doubtful() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("deskgate.db");
        std::fs::write(&file, "").unwrap();
        for (mode, verdict) in [(0o600, Verdict::Good), (0o644, Verdict::Doubt), (0o660, Verdict::Doubt)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let checks = sqlite_file(&file);
            assert_eq!(checks.len(), 1);
            assert_eq!(checks[0].verdict, verdict, "{mode:o}");
        }
    }

    #[test]
    fn a_clock_before_this_release_or_before_the_newest_row_is_wrong() {
        let at = |text| Ts::parse(text).unwrap();
        assert_eq!(clock(at("2027-01-01T00:00:00Z"), Some(at("2026-12-31T00:00:00Z"))).verdict, Verdict::Good);
        assert_eq!(clock(at("2027-01-01T00:00:00Z"), Some(at("2027-02-01T00:00:00Z"))).verdict, Verdict::Bad);
        assert_eq!(clock(at("1970-01-01T00:00:00Z"), None).verdict, Verdict::Bad);
    }

    #[test]
    fn the_report_ends_with_what_it_comes_to() {
        let good = || Check::good("clock", "it is noon");
        assert_eq!(told(&[good()]), "✓ clock: it is noon\n\nAll is well.\n");
        let doubt = || Check::doubt("disk", "1 MiB free", "Make room.");
        assert!(
            told(&[good(), doubt()])
                .ends_with("! disk: 1 MiB free\n    Make room.\n\nIt works; 1 thing to think about.\n")
        );
        let bad = Check::bad("key", "none", "Make one.");
        assert!(told(&[doubt(), bad]).ends_with("\n\n1 thing must be put right.\n"));
    }
}

//! What lies in `deploy/` fits the daemon.

use std::path::{Path, PathBuf};

use deskgate::config::{self, Sources};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/deskgate.toml")
}

fn load(file: &Path) -> config::Loaded {
    let nowhere = Path::new("/nonexistent").to_owned();
    let sources =
        Sources { file: Some(file.to_owned()), default_file: nowhere, environment: Vec::new(), flags: Vec::new() };
    config::load(&sources).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn the_example_settings_are_accepted() {
    let loaded = load(&example());
    assert_eq!(loaded.warnings, [] as [String; 0]);
}

#[test]
fn the_example_settings_name_every_key_and_its_default() {
    // A line `# key = …` is a setting that stands at its default; sentences have no `=` behind their first word.
    let setting = |line: &str| {
        let text = line.strip_prefix("# ")?;
        let (key, _) = text.split_once(" = ")?;
        key.chars().all(|c| c.is_ascii_lowercase() || c == '_').then(|| text.to_owned())
    };
    let text = std::fs::read_to_string(example()).unwrap();
    let complete: Vec<_> = text.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("deskgate.toml");
    std::fs::write(&file, complete.join("\n")).unwrap();

    let (as_shipped, complete) = (load(&example()), load(&file));
    for (key, setting) in config::keys().zip(&complete.settings) {
        assert_eq!(key.name, setting.key.name);
        assert_eq!(setting.origin.kind(), "file", "{} is missing", key.name);
        let shipped = as_shipped.settings.iter().find(|other| other.key.name == key.name).unwrap();
        // The key file alone has no default to show.
        if key.name != "secrets.key_file" {
            assert_eq!(setting.value, shipped.value, "{}", key.name);
        }
    }
}

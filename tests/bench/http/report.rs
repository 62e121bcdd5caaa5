//! What was measured, for people and for programs.

use serde::Serialize;

/// One line.
#[derive(Debug, Serialize)]
pub struct Line {
    engine: String,
    work: String,
    figure: f64,
    unit: String,
    target: Option<String>,
    met: Option<bool>,
    note: String,
}

/// All lines.
#[derive(Debug, Default)]
pub struct Report {
    lines: Vec<Line>,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

impl Report {
    /// Adds a line, and prints it at once: a whole run takes minutes.
    pub fn add(&mut self, engine: &str, work: &str, figure: f64, unit: &str, target: Target, note: String) {
        let (met, target) = match target {
            Target::AtLeast(least) => (Some(figure >= least), Some(format!("≥ {least}"))),
            Target::AtMost(most) => (Some(figure <= most), Some(format!("≤ {most}"))),
        };
        let line =
            Line { engine: engine.to_owned(), work: work.to_owned(), figure, unit: unit.to_owned(), target, met, note };
        eprintln!("{}", text(&line));
        self.lines.push(line);
    }

    /// The table, with what was missed at the end.
    pub fn print(&self) {
        println!();
        for line in &self.lines {
            println!("{}", text(line));
        }
        let missed: Vec<&Line> = self.lines.iter().filter(|line| line.met == Some(false)).collect();
        println!("\n{} figures, {} targets missed", self.lines.len(), missed.len());
    }

    pub fn write_json(&self, path: &str) {
        let text = serde_json::to_string_pretty(&self.lines).expect("figures are JSON");
        std::fs::write(path, text).unwrap_or_else(|error| eprintln!("{path}: {error}"));
    }
}

fn text(line: &Line) -> String {
    let verdict = match line.met {
        Some(true) => "met   ",
        Some(false) => "MISSED",
        None => "      ",
    };
    let target = line.target.clone().unwrap_or_default();
    format!(
        "{:<9} {:<46} {:>10.3} {:<8} {:<8} {verdict} {}",
        line.engine, line.work, line.figure, line.unit, target, line.note
    )
}

/// The median of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

//! What was measured: a name, a value, its target, and how both are printed.

use serde::Serialize;
use std::fmt::{self, Write};

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "<={limit}"),
            Self::AtLeast(limit) => write!(f, ">={limit}"),
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Without spaces, so that a line of the output splits into its parts.
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    /// Absent for what only explains the others.
    pub target: Option<Target>,
    pub met: Option<bool>,
}

impl Figure {
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            target: None,
            met: None,
        }
    }

    pub fn at_most(self, limit: f64) -> Self {
        self.with(Target::AtMost(limit))
    }

    pub fn at_least(self, limit: f64) -> Self {
        self.with(Target::AtLeast(limit))
    }

    fn with(mut self, target: Target) -> Self {
        self.target = Some(target);
        self.met = Some(target.is_met(self.value));
        self
    }

    fn shown_value(&self) -> String {
        match self.value.abs() {
            large if large >= 100.0 => format!("{:.0}", self.value),
            middle if middle >= 10.0 => format!("{:.1}", self.value),
            _ => format!("{:.3}", self.value),
        }
    }
}

/// First what explains, then what has a target: `name value unit target met|missed`.
pub fn table(figures: &[Figure]) -> String {
    let width = figures
        .iter()
        .map(|figure| figure.name.len())
        .max()
        .unwrap_or_default();
    let mut text = String::new();
    let mut line = |figure: &Figure, rest: &str| {
        let value = figure.shown_value();
        let (name, unit) = (&figure.name, figure.unit);
        let line = format!("{name:width$}  {value:>8} {unit:<8} {rest}");
        let _ = writeln!(text, "{}", line.trim_end());
    };
    for figure in figures.iter().filter(|figure| figure.target.is_none()) {
        line(figure, "");
    }
    for figure in figures {
        if let (Some(target), Some(met)) = (figure.target, figure.met) {
            let verdict = if met { "met" } else { "missed" };
            line(figure, &format!("{:<8} {verdict}", target.to_string()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_a_target_come_last_and_say_how_it_went() {
        let figures = [
            Figure::new("wall_p50", 12.34, "ms").at_most(10.0),
            Figure::new("calls", 1234.5, "1/s"),
            Figure::new("rate", 150.0, "1/s").at_least(100.0),
        ];
        let lines: Vec<Vec<String>> = table(&figures)
            .lines()
            .map(|line| line.split_whitespace().map(str::to_owned).collect())
            .collect();
        assert_eq!(lines[0], ["calls", "1234", "1/s"]);
        assert_eq!(lines[1], ["wall_p50", "12.3", "ms", "<=10", "missed"]);
        assert_eq!(lines[2], ["rate", "150", "1/s", ">=100", "met"]);
    }

    #[test]
    fn a_value_at_its_limit_is_met() {
        for figure in [
            Figure::new("a", 10.0, "ms").at_most(10.0),
            Figure::new("a", 10.0, "ms").at_least(10.0),
        ] {
            assert_eq!(figure.met, Some(true));
        }
    }
}

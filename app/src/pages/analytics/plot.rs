//! A chart as numbers and texts: what `app/charts` draws, and the table that says the same in words.

use serde::Serialize;
use std::borrow::Cow;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Upright, one on top of the other: how things went over time.
    Columns,
    /// Lying, a row for each thing.
    Bars,
    Line,
    /// A row for each thing, from its first value to its last, tenfold by tenfold.
    Spans,
}

/// What is counted at the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    /// 0-10.
    Score,
    /// 0-1.
    Share,
    Seconds,
    Dollars,
    Tokens,
}

/// A colour by what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Accent,
    /// The same, less of it.
    Soft,
    Warn,
    Bad,
    Muted,
    /// Each row in its agent's own.
    Agent,
    /// Not a colour: what the others are held against.
    Target,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    pub name: Cow<'static, str>,
    /// Of what is drawn; the others stand in the table only.
    pub tone: Option<Tone>,
    values: Vec<Option<f64>>,
    texts: Vec<String>,
}

impl Column {
    /// Stands in the table.
    pub fn said(name: impl Into<Cow<'static, str>>, texts: impl Iterator<Item = String>) -> Self {
        Self {
            name: name.into(),
            tone: None,
            values: Vec::new(),
            texts: texts.collect(),
        }
    }

    /// Is drawn, too. What is not known is left out of the chart, and a dash in the table.
    pub fn drawn(
        name: impl Into<Cow<'static, str>>,
        tone: Tone,
        values: impl Iterator<Item = Option<f64>>,
        write: impl Fn(f64) -> String,
    ) -> Self {
        let values: Vec<_> = values.collect();
        let texts = values.iter().map(|value| or_dash(value.map(&write)));
        Self {
            name: name.into(),
            tone: Some(tone),
            texts: texts.collect(),
            values,
        }
    }

    pub fn text(&self, row: usize) -> &str {
        self.texts.get(row).map_or("", String::as_str)
    }

    fn says_something(&self) -> bool {
        self.values.iter().flatten().any(|value| *value > 0.0)
    }
}

/// Nobody knows, or nothing was measured.
pub fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

/// Where the row of that number begins something else.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Break {
    pub at: usize,
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plot {
    pub shape: Shape,
    pub unit: Unit,
    /// Where the axis ends; else where the values do.
    pub top: Option<f64>,
    pub labels: Vec<String>,
    /// Whose rows they are, where they are agents'.
    pub agents: Vec<String>,
    pub columns: Vec<Column>,
    pub breaks: Vec<Break>,
}

impl Plot {
    /// More rows than these are in the table only.
    const MOST_BARS: usize = 12;

    pub fn new(shape: Shape, unit: Unit, labels: Vec<String>, columns: Vec<Column>) -> Self {
        Self {
            shape,
            unit,
            top: None,
            labels,
            agents: Vec::new(),
            columns,
            breaks: Vec::new(),
        }
    }

    /// Whether there is anything to look at.
    pub fn is_empty(&self) -> bool {
        !self.columns.iter().any(Column::says_something)
    }

    pub fn drawn(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.tone.is_some())
    }

    /// As the browser is given it: without what it does not draw.
    pub fn json(&self) -> String {
        let mut plot = self.clone();
        plot.columns.retain(|column| column.tone.is_some());
        if self.lies() {
            plot.labels.truncate(Self::MOST_BARS);
            plot.agents.truncate(Self::MOST_BARS);
            for column in &mut plot.columns {
                column.values.truncate(Self::MOST_BARS);
                column.texts.truncate(Self::MOST_BARS);
            }
        }
        serde_json::to_string(&plot).unwrap_or_default()
    }

    /// The height is known before anything is drawn, so nothing moves when it is.
    pub fn height(&self) -> &'static str {
        match self.labels.len() {
            _ if !self.lies() => "h-56",
            0..=2 => "h-24",
            3..=4 => "h-40",
            5..=7 => "h-60",
            8..=9 => "h-72",
            _ => "h-96",
        }
    }

    fn lies(&self) -> bool {
        matches!(self.shape, Shape::Bars | Shape::Spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn the_browser_gets_what_is_drawn_and_no_more_rows_than_fit() {
        let column = |tone| {
            let values = (0..20).map(|row| (row > 0).then_some(f64::from(row)));
            match tone {
                Some(tone) => Column::drawn("Cost", tone, values, |value| format!("${value}")),
                None => Column::said("Calls", values.map(|_| "many".to_owned())),
            }
        };
        let labels = (0..20).map(|row| row.to_string()).collect();
        let columns = vec![column(None), column(Some(Tone::Agent))];
        let plot = Plot::new(Shape::Bars, Unit::Dollars, labels, columns);
        let sent: Value = serde_json::from_str(&plot.json()).unwrap();
        assert_eq!(sent["labels"].as_array().unwrap().len(), 12);
        let columns = sent["columns"].as_array().unwrap();
        assert_eq!(columns.len(), 1);
        assert_eq!(columns[0]["tone"], "agent");
        assert_eq!(columns[0]["values"][0], json!(null));
        assert_eq!(columns[0]["texts"][0], "–");
        assert_eq!(columns[0]["texts"][11], "$11");
        assert_eq!(plot.columns[0].text(19), "many");
        assert!(!plot.is_empty());
    }

    #[test]
    fn zeros_and_unknowns_are_nothing_to_look_at() {
        let values = [None, Some(0.0)].into_iter();
        let column = Column::drawn("Cost", Tone::Accent, values, |_| String::new());
        let plot = Plot::new(Shape::Line, Unit::Score, Vec::new(), vec![column]);
        assert!(plot.is_empty());
    }
}

//! Charts as inline SVG, worked out here: templates write the numbers down. Colours are
//! classes, so no style is inline; a sentence and a table say the same.

use super::basic::Tone;
use crate::http::console::format::number;
use crate::http::console::words::t;

/// The box that a spark line is drawn in.
const SPARK: (u32, u32) = (88, 24);
/// What stays free above and below its line.
const SPARK_PAD: u32 = 2;
/// The width that a histogram's numbers are in; the page stretches it.
const WIDTH: u32 = 960;

/// A line without axes, beside a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spark {
    pub path: String,
    pub tone: Tone,
    /// What it shows, in words: "Bursts every 40 minutes, 6,380 requests".
    pub summary: String,
}

impl Spark {
    pub fn new(points: &[u64], tone: Tone, summary: impl Into<String>) -> Self {
        Self {
            path: line(points),
            tone,
            summary: summary.into(),
        }
    }

    /// The class of its colour: a quiet line for what stands still.
    pub fn class(&self) -> &'static str {
        match self.tone {
            Tone::Plain => "mute",
            Tone::Accent | Tone::Ok => "",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        }
    }
}

/// Tenths, as SVG writes them.
fn tenths(value: u64) -> String {
    format!("{}.{}", value / 10, value % 10)
}

fn line(points: &[u64]) -> String {
    let low = points.iter().copied().min().unwrap_or(0);
    let span = points
        .iter()
        .copied()
        .max()
        .unwrap_or(0)
        .saturating_sub(low);
    let last = u64::try_from(points.len().saturating_sub(1))
        .unwrap_or(1)
        .max(1);
    let (width, height) = (
        u64::from(SPARK.0) * 10,
        u64::from(SPARK.1 - 2 * SPARK_PAD) * 10,
    );
    let mut path = String::with_capacity(points.len() * 10);
    for (at, point) in (0_u64..).zip(points) {
        let up = match span {
            0 => 0,
            _ => u128::from(point - low) * u128::from(height) / u128::from(span),
        };
        let down = height - u64::try_from(up).unwrap_or(height) + u64::from(SPARK_PAD) * 10;
        path.push(if at == 0 { 'M' } else { ' ' });
        path.push_str(&tenths(width * at / last));
        path.push(' ');
        path.push_str(&tenths(down));
    }
    path
}

/// One column of a histogram: what went well, on top of it what is held, and what went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// When it begins, for the table: "13:30".
    pub label: String,
    pub good: u64,
    pub bad: u64,
    pub held: u64,
}

impl Bucket {
    pub fn all(&self) -> u64 {
        self.good.saturating_add(self.bad).saturating_add(self.held)
    }
}

/// One rectangle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub class: &'static str,
    pub x: String,
    pub y: String,
    pub width: String,
    pub height: String,
}

/// Counts over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// What it shows, in a sentence: it is the picture's name.
    pub summary: String,
    pub height: u32,
    /// Lower, for above a table.
    pub low: bool,
    pub lines: Vec<String>,
    pub bars: Vec<Bar>,
    pub axis: Vec<String>,
    /// The words for good and bad, for the legend and the table.
    pub words: (String, String),
    /// The word for what is held; nothing where nothing is.
    pub held: &'static str,
    /// Heading of the table's first column, then its rows: good, bad, held.
    pub unit: String,
    pub rows: Vec<(String, [String; 3])>,
}

impl Histogram {
    /// `axis` are the labels under the picture, from left to right.
    pub fn new(
        buckets: &[Bucket],
        axis: Vec<String>,
        summary: impl Into<String>,
        words: (String, String),
        unit: impl Into<String>,
    ) -> Self {
        let mut made = Self {
            summary: summary.into(),
            height: 136,
            low: false,
            lines: Vec::new(),
            bars: Vec::new(),
            axis,
            words,
            held: if buckets.iter().any(|b| b.held > 0) {
                t("chart.held")
            } else {
                ""
            },
            unit: unit.into(),
            rows: buckets
                .iter()
                .map(|b| (b.label.clone(), [b.good, b.bad, b.held].map(number)))
                .collect(),
        };
        made.draw(buckets);
        made
    }

    /// The low form, above a table.
    #[must_use]
    pub fn low(mut self, buckets: &[Bucket]) -> Self {
        self.low = true;
        self.height = 56;
        self.draw(buckets);
        self
    }

    fn draw(&mut self, buckets: &[Bucket]) {
        let height = u64::from(self.height) * 10;
        // A little room above the highest.
        let most = buckets.iter().map(Bucket::all).max();
        let top = u128::from(most.unwrap_or(0).max(1)) * 106 / 100 + 1;
        let scaled = |count: u64| -> u64 {
            let scaled = u128::from(count) * u128::from(height) / top;
            let scaled = u64::try_from(scaled).unwrap_or(height);
            // What is there is seen.
            if count > 0 { scaled.max(15) } else { 0 }
        };
        let count = u64::try_from(buckets.len()).unwrap_or(1).max(1);
        let step = u64::from(WIDTH) * 10 / count;
        let width = step * 72 / 100;
        self.bars.clear();
        for (at, bucket) in (0_u64..).zip(buckets) {
            let x = at * u64::from(WIDTH) * 10 / count + step * 14 / 100;
            let parts = [
                ("f1", bucket.good),
                ("fwarn", bucket.held),
                ("fbad", bucket.bad),
            ];
            let mut from = 0;
            for (class, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
                let size = scaled(count);
                self.bars.push(Bar {
                    class,
                    x: tenths(x),
                    y: tenths(height.saturating_sub(from + size)),
                    width: tenths(width),
                    height: tenths(size),
                });
                // A gap tells the parts apart.
                from += size + 10;
            }
        }
        let every: &[u32] = if self.low { &[0, 2] } else { &[0, 1, 2, 3, 4] };
        let parts = if self.low { 2 } else { 4 };
        let line = |part: &u32| {
            let y = height * u64::from(*part) / parts;
            format!("M0 {}H{WIDTH}", tenths(y.clamp(5, height - 5)))
        };
        self.lines = every.iter().map(line).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_from_edge_to_edge() {
        assert_eq!(line(&[0, 5, 10]), "M0.0 22.0 44.0 12.0 88.0 2.0");
        assert_eq!(line(&[7, 7]), "M0.0 22.0 88.0 22.0");
        assert_eq!(line(&[3]), "M0.0 22.0");
        assert_eq!(line(&[]), "");
        assert_eq!(line(&[0, u64::MAX]), "M0.0 22.0 88.0 2.0");
    }

    #[test]
    fn a_single_refusal_among_many_is_seen() {
        let bucket = |good, bad| Bucket {
            label: String::new(),
            good,
            bad,
            held: 0,
        };
        let buckets = [bucket(100_000, 0), bucket(50_000, 1), bucket(0, 0)];
        let words = (String::new(), String::new());
        let chart = Histogram::new(&buckets, Vec::new(), "", words, "");
        assert_eq!(chart.bars.len(), 3);
        assert_eq!(chart.bars[2].class, "fbad");
        assert_eq!(chart.bars[2].height, "1.5");
        assert!(chart.bars.iter().all(|bar| !bar.y.starts_with('-')));
        assert_eq!(chart.held, "");
    }

    #[test]
    fn what_is_held_has_a_colour_and_a_column_of_its_own() {
        let bucket = Bucket {
            label: "10:00".to_owned(),
            good: 40,
            bad: 3,
            held: 10,
        };
        let words = (String::new(), String::new());
        let chart = Histogram::new(&[bucket], Vec::new(), "", words, "");
        let classes: Vec<&str> = chart.bars.iter().map(|bar| bar.class).collect();
        assert_eq!(classes, ["f1", "fwarn", "fbad"]);
        assert_eq!(chart.held, t("chart.held"));
        assert_eq!(chart.rows[0].1, ["40", "3", "10"]);
    }
}

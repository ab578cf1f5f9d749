//! How many requests there are of what the list is of, in a sentence and over time. All requests
//! of a connection and a time are counted by the hour as they come, reads too. Of those that a
//! filter chooses there are the rows alone, so they are counted anew: the newest ones, and it is
//! said how far back that goes.

use super::{HOUR_MS, LOOKED, SPANS};
use crate::app;
use crate::domain::connection::HourSums;
use crate::domain::error::Result;
use crate::domain::provisioning::{Counted, HourOf, LogSearch};
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{Times, number};
use crate::http::console::overview::cards::{Sums, bucket};
use crate::http::console::view::{Bucket, Histogram};
use crate::http::console::words::{t, tf, tn, tnf};
use crate::store::tx::ReadTx;

/// Of what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// All requests, reads too.
    All,
    /// The rows that filters choose; of one result alone, where they say which.
    Chosen { one_result: bool },
}

pub(super) struct Figures {
    of: Of,
    /// One of [`SPANS`].
    span: usize,
    counted: Counted,
}

impl Figures {
    /// Errors: `Forbidden`, `NotFound` (connection).
    pub(super) fn read(tx: &ReadTx<'_>, search: &LogSearch, span: usize) -> Result<Self> {
        let (of, counted) = if search.chooses() {
            let of = Of::Chosen {
                one_result: search.result.is_some() || search.reason.is_some(),
            };
            (of, app::provisioning::count(tx, search, LOOKED)?)
        } else {
            let hours = app::provisioning::by_hour(tx, search.connection, SPANS[span].2)?;
            let counted = Counted {
                hours,
                looked_to_ms: None,
            };
            (Of::All, counted)
        };
        Ok(Self { of, span, counted })
    }

    fn sums(&self) -> Sums {
        Sums::of(self.counted.hours.iter().map(|(_, hour)| hour))
    }

    /// How many requests there were, and how many of them were rejected, and held.
    pub(super) fn total(&self, times: &Times) -> String {
        let told = self.told();
        match self.counted.looked_to_ms {
            Some(ms) => tf("log.counted_to", &[&told, &times.at(ms).text]),
            None => told,
        }
    }

    fn told(&self) -> String {
        let sums = self.sums();
        match self.of {
            Of::All => tf("log.totals", &[&tn("log.requests", sums.all), &sums.told()]),
            Of::Chosen { one_result: false } => {
                tf("log.totals", &[&tn("log.matching", sums.all), &sums.told()])
            }
            Of::Chosen { one_result: true } => tn("log.matching", sums.all),
        }
    }

    pub(super) fn chart(&self, chrome: &Chrome) -> Histogram {
        let (_, _, hours, step) = SPANS[self.span];
        let times = &chrome.times;
        let now_hour = times.now_ms().div_euclid(HOUR_MS);
        // Rows are of exactly that time, which begins within an hour that has a bar then.
        let more = i64::from(self.of != Of::All);
        let first = now_hour - hours + 1 - more;
        let bars = hours / step + more;
        let is_long = hours > 24;
        let label = |hour: i64| {
            if is_long {
                times.at(hour * HOUR_MS).text
            } else {
                times.hour(hour * HOUR_MS)
            }
        };
        let mut summed: Vec<HourOf> = (0..bars)
            .map(|at| (first + at * step, HourSums::default()))
            .collect();
        let mut older = HourSums::default();
        for (hour, sums) in &self.counted.hours {
            let at = usize::try_from((hour - first).div_euclid(step)).ok();
            match at.and_then(|at| summed.get_mut(at)) {
                Some((_, of_bar)) => of_bar.add(sums),
                None => older.add(sums),
            }
        }
        let buckets = summed.iter().map(|(hour, sums)| bucket(label(*hour), sums));
        let buckets: Vec<Bucket> = buckets.collect();
        let axis_label = |at: i64| {
            let ms = (first + at * bars / 4 * step) * HOUR_MS;
            if is_long {
                times.day(ms).text
            } else {
                times.hour(ms)
            }
        };
        let mut axis: Vec<String> = (0..4).map(axis_label).collect();
        axis.push(t("format.now").to_owned());
        let words = (
            t("overview.accepted").to_owned(),
            t("overview.refused").to_owned(),
        );
        let unit = if step == 1 {
            "overview.hour"
        } else {
            "log.from"
        };
        let busiest = summed.iter().max_by_key(|(_, sums)| sums.requests());
        let began = |(hour, sums): &HourOf| (began(times, hour * HOUR_MS, is_long), *sums);
        let summary = self.summary(busiest.map(began), &older, times);
        Histogram::new(&buckets, axis, summary, words, t(unit)).low(&buckets)
    }

    /// The chart in words; of the busiest bar, when it began.
    fn summary(
        &self,
        busiest: Option<(String, HourSums)>,
        older: &HourSums,
        times: &Times,
    ) -> String {
        let count = |sums: &HourSums| u64::try_from(sums.requests()).unwrap_or(0);
        let sums = self.sums();
        let most = busiest.filter(|(_, most)| count(most) > 0);
        let most = most.map(|(began, most)| (began, number(count(&most))));
        let mut text = match (most, self.of) {
            (Some((began, most)), Of::All) => tf(
                "log.chart",
                &[&number(sums.all), &sums.told(), &began, &most],
            ),
            (Some((began, most)), Of::Chosen { .. }) => {
                tf("log.chart_chosen", &[&self.told(), &began, &most])
            }
            (None, Of::All) => t("log.chart_empty").to_owned(),
            (None, Of::Chosen { .. }) => t("log.chart_none").to_owned(),
        };
        if older.requests() > 0 {
            text = tnf("log.chart_older", count(older), &[&text]);
        }
        match self.counted.looked_to_ms {
            Some(ms) => tf("log.chart_to", &[&text, &times.at(ms).text]),
            None => text,
        }
    }
}

/// When a bar begins, inside a sentence.
fn began(times: &Times, ms: i64, is_long: bool) -> String {
    let hour = times.hour(ms);
    if is_long {
        tf("log.began_on", &[&times.day(ms).text, &hour])
    } else {
        tf("log.began_at", &[&hour])
    }
}

//! Every filter that can be read finds in the database exactly what the pure evaluator says of
//! the resources as they are answered: random filters over all attributes, random people and
//! groups.
//!
//! `PROVOST_FILTERS` sets how many (default 400); the seed is printed, and
//! `PROVOST_FILTER_SEED` repeats it.

mod filters;
mod world;

use std::collections::BTreeSet;
use std::io::Write;

use ::provost::scim::eval;
use ::provost::scim::filter::Filter;
use ::provost::scim::schema::ResourceType;
use serde_json::Value;

use crate::harness::{Random, variable};
use world::World;

/// Filters asked of one set of people and groups.
const FILTERS_PER_WORLD: u64 = 2_000;
/// Of filters that find nobody, or everybody, most are drawn again.
const TRIES: usize = 12;

#[test]
fn sql_finds_what_the_evaluator_finds() {
    let wanted = variable("PROVOST_FILTERS").unwrap_or(400);
    let seed = variable("PROVOST_FILTER_SEED").unwrap_or_else(Random::seed);
    let mut random = Random::seeded(seed);
    let mut figures = Figures::default();
    while figures.filters < wanted {
        let world = World::new(&mut random);
        let until = wanted.min(figures.filters + FILTERS_PER_WORLD);
        while figures.filters < until {
            let resource = if random.below(4) == 0 {
                ResourceType::Group
            } else {
                ResourceType::User
            };
            let asked = Asked::draw(&world, resource, &mut random);
            asked.compare(&world, seed);
            figures.count(&asked);
        }
    }
    let line = format!(
        "filters: {} asked, {} of them of groups, {} find some and not all, {} are refused; \
         seed {seed}\n",
        figures.filters, figures.of_groups, figures.meaningful, figures.refused
    );
    // Past the test runner's capture: the figures are wanted when the test passes.
    std::io::stderr()
        .write_all(line.as_bytes())
        .expect("standard error");
    assert!(figures.meaningful * 10 > figures.filters * 8, "{line}");
}

#[derive(Default)]
struct Figures {
    filters: u64,
    of_groups: u64,
    meaningful: u64,
    refused: u64,
}

impl Figures {
    fn count(&mut self, asked: &Asked) {
        self.filters += 1;
        self.of_groups += u64::from(asked.resource == ResourceType::Group);
        self.meaningful += u64::from(asked.is_meaningful);
        self.refused += u64::from(asked.expected.is_none());
    }
}

/// A filter with what it must find; `None`: it must be refused.
struct Asked {
    resource: ResourceType,
    filter: Filter,
    expected: Option<BTreeSet<String>>,
    is_meaningful: bool,
}

impl Asked {
    fn draw(world: &World, resource: ResourceType, random: &mut Random) -> Self {
        let mut tries = 0;
        loop {
            tries += 1;
            let asked = Self::of(filters::draw(world, resource, random), world, resource);
            let is_refused = asked.expected.is_none();
            if asked.is_meaningful || tries == TRIES || (is_refused && random.below(4) == 0) {
                return asked;
            }
        }
    }

    fn of(drawn: Filter, world: &World, resource: ResourceType) -> Self {
        let text = drawn.to_string();
        let filter = Filter::parse(&text).expect("a filter that was printed");
        assert_eq!(filter, drawn, "{text}");
        let all = world.of(resource);
        let passes = |value: &Value| eval::matches(&filter, resource, value);
        let expected: Result<Vec<bool>, _> = all.iter().map(|(_, value)| passes(value)).collect();
        let expected: Option<BTreeSet<String>> = expected.ok().map(|passed| {
            let found = all.iter().zip(passed).filter(|(_, passed)| *passed);
            found.map(|((id, _), _)| id.clone()).collect()
        });
        let found = expected.as_ref().map_or(0, BTreeSet::len);
        Self {
            resource,
            filter,
            expected,
            is_meaningful: found > 0 && found < all.len(),
        }
    }

    fn compare(&self, world: &World, seed: u64) {
        let found = world.find(self.resource, &self.filter);
        if found == self.expected {
            return;
        }
        let of = |ids: &Option<BTreeSet<String>>| ids.clone().unwrap_or_default();
        let (found_ids, expected_ids) = (of(&found), of(&self.expected));
        let differing: Vec<&Value> = world
            .of(self.resource)
            .iter()
            .filter(|(id, _)| found_ids.contains(id) != expected_ids.contains(id))
            .map(|(_, value)| value)
            .collect();
        assert_eq!(
            found,
            self.expected,
            "seed {seed}: {} differs on {} of {:?}s, first on {}",
            self.filter,
            differing.len(),
            self.resource,
            differing
                .first()
                .map(|value| format!("{value:#}"))
                .unwrap_or_default()
        );
    }
}

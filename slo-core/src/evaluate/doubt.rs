//! Events in doubt: how many, and in which series.

use std::time::Duration;

use promql_client::{Expr, Labels, Point, Timestamp};

use super::answers::named;
use super::ask::Asker;
use super::column::Column;
use super::grid::Grid;
use crate::slo::Slo;

const SERIES: &str = "the query of the series in doubt";

/// Bad events that are in no count: first values of series of which nothing proves that they began
/// at zero.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct InDoubt {
    /// How many there may be.
    pub events: f64,
    /// When most of them appeared.
    pub at: Option<Timestamp>,
    /// A few of the series, where they could be asked for.
    pub series: Option<String>,
}

impl InDoubt {
    /// What the window's buckets have in doubt.
    pub(super) fn new(column: &Column, grid: &Grid, start: Timestamp) -> Self {
        let inside = |point: &Point| point.timestamp > start && point.value > 0.0;
        let points = || column.iter(grid).filter(inside);
        let most = points().max_by(|a, b| a.value.total_cmp(&b.value));
        Self {
            events: points().map(|point| point.value).sum(),
            at: most.map(|point| point.timestamp),
            series: None,
        }
    }

    /// Whether it is worth telling.
    #[must_use]
    pub fn is_some(&self) -> bool {
        self.events >= 0.5
    }

    /// Asks which series they are in, at the time at which most of them appeared.
    pub(super) async fn name(
        &mut self,
        asker: &Asker<'_, '_>,
        slo: &Slo,
        group: &Labels,
        expr: &Expr,
        step: Duration,
    ) {
        let Some(at) = self.at.filter(|_| self.is_some()) else {
            return;
        };
        let of_group = |labels: &&Labels| {
            let is_same = |name: &String| labels.get(name) == group.get(name);
            slo.group_by.iter().all(is_same)
        };
        // Only a remark depends on it.
        let times = Grid::between(at, at, step);
        if let Ok(told) = asker.series(SERIES, expr, times).await {
            self.series = Some(named(told.data.iter().filter(of_group)));
        }
    }
}

//! One series of a range query, in half the memory of its points.

use promql_client::Point;

use super::grid::Grid;

/// The finite values of a series by step.
#[derive(Default)]
pub(super) struct Column {
    values: Values,
    /// How many were no numbers.
    pub(super) not_finite: usize,
}

enum Values {
    /// One for each step, `NaN` where there is none.
    Each(Vec<f64>),
    /// So few that they take less with their times.
    Few(Vec<Point>),
}

impl Default for Values {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Column {
    pub(super) fn new(mut points: Vec<Point>, grid: &Grid) -> Self {
        let all = points.len();
        points.retain(|point| point.value.is_finite());
        let not_finite = all - points.len();
        if points.len() * size_of::<Point>() <= grid.steps * size_of::<f64>() {
            points.shrink_to_fit();
            let values = Values::Few(points);
            return Self { values, not_finite };
        }
        let mut each = vec![f64::NAN; grid.steps];
        for point in &points {
            if let Some(slot) = grid
                .step_at(point.timestamp)
                .and_then(|at| each.get_mut(at))
            {
                *slot = point.value;
            }
        }
        let values = Values::Each(each);
        Self { values, not_finite }
    }

    /// How many bytes it takes besides itself.
    pub(super) fn heap_bytes(&self) -> usize {
        match &self.values {
            Values::Each(each) => size_of_val(&**each),
            Values::Few(points) => size_of_val(&**points),
        }
    }

    /// The values in time order.
    pub(super) fn iter<'c>(
        &'c self,
        grid: &'c Grid,
    ) -> impl DoubleEndedIterator<Item = Point> + 'c {
        let (each, few) = match &self.values {
            Values::Each(each) => (each.as_slice(), [].as_slice()),
            Values::Few(points) => ([].as_slice(), points.as_slice()),
        };
        let at = |(step, value): (usize, &f64)| Point {
            timestamp: grid.time_of(step),
            value: *value,
        };
        let each = each.iter().enumerate().map(at);
        each.filter(|point| !point.value.is_nan())
            .chain(few.iter().copied())
    }

    /// The value of each step.
    pub(super) fn slots(&self, grid: &Grid) -> Vec<Option<f64>> {
        let mut slots = vec![None; grid.steps];
        for Point { timestamp, value } in self.iter(grid) {
            if let Some(slot) = grid.step_at(timestamp).and_then(|at| slots.get_mut(at)) {
                *slot = Some(value);
            }
        }
        slots
    }

    /// The last value.
    pub(super) fn last(&self) -> Option<f64> {
        match &self.values {
            Values::Each(each) => each.iter().rfind(|value| !value.is_nan()).copied(),
            Values::Few(points) => points.last().map(|point| point.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use promql_client::Timestamp;

    use super::*;

    #[test]
    fn many_values_and_few_are_the_same_and_take_less_than_their_points() {
        let grid = Grid {
            start: Timestamp::from_secs(300),
            step: Duration::from_secs(300),
            steps: 100,
        };
        for every in [1, 3, 40] {
            let points: Vec<Point> = (0..100)
                .step_by(every)
                .map(|step| Point {
                    timestamp: grid.time_of(step),
                    value: if step == 80 {
                        f64::INFINITY
                    } else {
                        step as f64
                    },
                })
                .collect();
            let column = Column::new(points.clone(), &grid);
            let finite: Vec<Point> = points
                .iter()
                .copied()
                .filter(|p| p.value.is_finite())
                .collect();
            assert_eq!(column.iter(&grid).collect::<Vec<_>>(), finite);
            assert_eq!(column.not_finite, points.len() - finite.len());
            assert_eq!(column.last(), finite.last().map(|point| point.value));
            assert!(column.heap_bytes() <= 800.min(size_of_val(&*finite)));
            let slots = column.slots(&grid);
            assert_eq!(slots.iter().flatten().count(), finite.len());
            assert_eq!(slots[0], Some(0.0));
        }
    }
}

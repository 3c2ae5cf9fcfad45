//! Binary operators: which series of the two sides belong together, and what comes out.

use std::collections::HashMap;

use super::bad;
use super::frame::{Cell, Frame, Row, Steps, joined, map_rows, nameless};
use super::scalar_ops::{of_cells, of_scalars};
use crate::error::{Error, Result};
use crate::expr::{BinaryOp, Matching, Side};
use crate::labels::{Labels, METRIC_NAME};

pub(super) fn binary(
    op: BinaryOp,
    lhs: Frame,
    rhs: Frame,
    matching: &Matching,
    as_bool: bool,
    steps: &Steps,
) -> Result<Frame> {
    match (lhs, rhs) {
        (Frame::Scalar(lhs), Frame::Scalar(rhs)) => {
            let pairs = lhs.into_iter().zip(rhs);
            Ok(Frame::Scalar(
                pairs.map(|(l, r)| of_scalars(op, l, r)).collect(),
            ))
        }
        (Frame::Vector(rows), Frame::Scalar(scalar)) => {
            with_scalar(op, rows, &scalar, as_bool, false)
        }
        (Frame::Scalar(scalar), Frame::Vector(rows)) => {
            with_scalar(op, rows, &scalar, as_bool, true)
        }
        (Frame::Vector(lhs), Frame::Vector(rhs)) if op.is_set() => {
            set(op, lhs, &rhs, matching, steps).map(Frame::Vector)
        }
        (Frame::Vector(lhs), Frame::Vector(rhs)) => Vectors {
            op,
            matching,
            as_bool,
        }
        .combine(&lhs, &rhs, steps)
        .map(Frame::Vector),
        _ => Err(bad("an operator on a string")),
    }
}

fn with_scalar(
    op: BinaryOp,
    mut rows: Vec<Row>,
    scalar: &[f64],
    as_bool: bool,
    scalar_first: bool,
) -> Result<Frame> {
    let apply = |cell: Cell, step: usize| {
        if !cell.is_present() {
            return Cell::Absent;
        }
        let number = Cell::Float(scalar.get(step).copied().unwrap_or(f64::NAN));
        // A comparison keeps the vector's value, whichever side it stands on.
        if scalar_first {
            of_cells(op, &number, &cell, &cell, as_bool)
        } else {
            of_cells(op, &cell, &number, &cell, as_bool)
        }
    };
    if !op.is_comparison() || as_bool {
        return map_rows(rows, apply).map(Frame::Vector);
    }
    for row in &mut rows {
        let cells = std::mem::take(&mut row.cells).into_iter().enumerate();
        row.cells = cells.map(|(step, cell)| apply(cell, step)).collect();
    }
    rows.retain(Row::is_present);
    Ok(Frame::Vector(rows))
}

/// What two series must have in common.
fn signature(labels: &Labels, matching: &Matching) -> Labels {
    match &matching.on {
        Some(on) => labels.filtered(|name| on.iter().any(|l| l == name)),
        None => labels
            .filtered(|name| name != METRIC_NAME && !matching.ignoring.iter().any(|l| l == name)),
    }
}

/// Per signature, at which steps a series has it.
fn presence(rows: &[Row], matching: &Matching, steps: &Steps) -> HashMap<Labels, Vec<bool>> {
    let mut presence: HashMap<Labels, Vec<bool>> = HashMap::new();
    for row in rows {
        let present = presence
            .entry(signature(&row.labels, matching))
            .or_insert_with(|| vec![false; steps.count]);
        for (present, cell) in present.iter_mut().zip(&row.cells) {
            *present |= cell.is_present();
        }
    }
    presence
}

/// `and`, `or`, `unless`.
fn set(
    op: BinaryOp,
    lhs: Vec<Row>,
    rhs: &[Row],
    matching: &Matching,
    steps: &Steps,
) -> Result<Vec<Row>> {
    let (others, kept_where) = match op {
        BinaryOp::Or => (presence(&lhs, matching, steps), false),
        BinaryOp::And => (presence(rhs, matching, steps), true),
        _ => (presence(rhs, matching, steps), false),
    };
    let keep = |row: &Row| {
        let present = others.get(&signature(&row.labels, matching));
        let cells = row.cells.iter().enumerate().map(|(step, cell)| {
            let there = present.and_then(|p| p.get(step)).copied() == Some(true);
            if there == kept_where {
                cell.clone()
            } else {
                Cell::Absent
            }
        });
        Row {
            labels: row.labels.clone(),
            cells: cells.collect(),
        }
    };
    if op == BinaryOp::Or {
        let mut all = lhs;
        all.extend(rhs.iter().map(keep));
        joined(all)
    } else {
        joined(lhs.iter().map(keep).collect())
    }
}

struct Vectors<'m> {
    op: BinaryOp,
    matching: &'m Matching,
    as_bool: bool,
}

/// The series of one signature on the side that may have many, and on the other.
#[derive(Default)]
struct Group<'r> {
    many: Vec<&'r Row>,
    one: Vec<&'r Row>,
}

impl Vectors<'_> {
    fn combine(&self, lhs: &[Row], rhs: &[Row], steps: &Steps) -> Result<Vec<Row>> {
        // `group_right` swaps the sides; values are swapped back in `cell`.
        let swapped = matches!(self.matching.group, Some((Side::Right, _)));
        let (many, one) = if swapped { (rhs, lhs) } else { (lhs, rhs) };
        let mut groups: HashMap<Labels, Group<'_>> = HashMap::new();
        for row in many {
            let signature = signature(&row.labels, self.matching);
            groups.entry(signature).or_default().many.push(row);
        }
        for row in one {
            let signature = signature(&row.labels, self.matching);
            groups.entry(signature).or_default().one.push(row);
        }
        let mut any_many = vec![false; steps.count];
        for row in many {
            for (any, cell) in any_many.iter_mut().zip(&row.cells) {
                *any |= cell.is_present();
            }
        }
        let mut out = Vec::new();
        for (signature, group) in &groups {
            check_one_side(signature, &group.one, &any_many, swapped)?;
            out.extend(self.group(group, swapped, steps)?);
        }
        joined(out)
    }

    fn group(&self, group: &Group<'_>, swapped: bool, steps: &Steps) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        // At which steps a result of these labels has been seen, whether it was kept or not.
        let mut seen: HashMap<Labels, Vec<bool>> = HashMap::new();
        let several = group.many.len() * group.one.len() > 1;
        for many in &group.many {
            for one in &group.one {
                let labels = self.result_labels(&many.labels, &one.labels);
                if several {
                    // One to one, the signature itself may have only one result.
                    let key = match self.matching.group {
                        Some(_) => labels.clone(),
                        None => Labels::empty(),
                    };
                    let seen = seen.entry(key).or_insert_with(|| vec![false; steps.count]);
                    self.check_seen(seen, many, one)?;
                }
                let cells = many.cells.iter().zip(&one.cells);
                let cells = cells.map(|(many, one)| {
                    if swapped {
                        self.cell(one, many)
                    } else {
                        self.cell(many, one)
                    }
                });
                rows.push(Row {
                    labels,
                    cells: cells.collect(),
                });
            }
        }
        Ok(rows)
    }

    fn cell(&self, lhs: &Cell, rhs: &Cell) -> Cell {
        if lhs.is_present() && rhs.is_present() {
            of_cells(self.op, lhs, rhs, lhs, self.as_bool)
        } else {
            Cell::Absent
        }
    }

    fn check_seen(&self, seen: &mut [bool], many: &Row, one: &Row) -> Result<()> {
        let both = many.cells.iter().zip(&one.cells);
        for (seen, (many, one)) in seen.iter_mut().zip(both) {
            if !(many.is_present() && one.is_present()) {
                continue;
            }
            if *seen {
                let message = match self.matching.group {
                    None => {
                        "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                    }
                    Some(_) => {
                        "multiple matches for labels: grouping labels must ensure unique matches"
                    }
                };
                return Err(Error::Execution {
                    message: message.to_owned(),
                });
            }
            *seen = true;
        }
        Ok(())
    }

    fn result_labels(&self, many: &Labels, one: &Labels) -> Labels {
        let labels = if !self.op.is_comparison() || self.as_bool {
            nameless(many)
        } else {
            many.clone()
        };
        match &self.matching.group {
            Some((_, included)) => included.iter().fold(labels, |labels, name| {
                labels.with(name, one.get(name).unwrap_or_default())
            }),
            None => match &self.matching.on {
                Some(on) => labels.filtered(|name| on.iter().any(|l| l == name)),
                None => labels.filtered(|name| !self.matching.ignoring.iter().any(|l| l == name)),
            },
        }
    }
}

/// The side that may only have one series per signature must not have two at a step at which the
/// other side has anything.
fn check_one_side(
    signature: &Labels,
    one: &[&Row],
    any_many: &[bool],
    swapped: bool,
) -> Result<()> {
    let mut first_at: Vec<Option<&Row>> = vec![None; any_many.len()];
    if one.len() < 2 {
        return Ok(());
    }
    for row in one {
        let steps = first_at.iter_mut().zip(any_many).zip(&row.cells);
        for ((first, other), cell) in steps {
            if !other || !cell.is_present() {
                continue;
            }
            if let Some(first) = first {
                let side = if swapped { "left" } else { "right" };
                return Err(Error::Execution {
                    message: format!(
                        "found duplicate series for the match group {signature} on the {side} hand-side of the operation: [{}, {}];many-to-many matching not allowed: matching labels must be unique on one side",
                        first.labels, row.labels
                    ),
                });
            }
            *first = Some(row);
        }
    }
    Ok(())
}

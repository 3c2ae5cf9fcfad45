//! Arithmetic and comparison of two values.

use super::frame::Cell;
use super::native;
use crate::expr::BinaryOp;

/// An arithmetic operator's value; `None` for the others.
fn arithmetic(op: BinaryOp, lhs: f64, rhs: f64) -> Option<f64> {
    Some(match op {
        BinaryOp::Add => lhs + rhs,
        BinaryOp::Sub => lhs - rhs,
        BinaryOp::Mul => lhs * rhs,
        BinaryOp::Div => lhs / rhs,
        BinaryOp::Mod => lhs % rhs,
        BinaryOp::Pow => lhs.powf(rhs),
        _ => return None,
    })
}

fn holds(op: BinaryOp, lhs: f64, rhs: f64) -> bool {
    match op {
        BinaryOp::Equal => lhs == rhs,
        BinaryOp::NotEqual => lhs != rhs,
        BinaryOp::Less => lhs < rhs,
        BinaryOp::LessOrEqual => lhs <= rhs,
        BinaryOp::Greater => lhs > rhs,
        BinaryOp::GreaterOrEqual => lhs >= rhs,
        _ => false,
    }
}

/// Two scalars: a comparison is 0 or 1.
pub(super) fn of_scalars(op: BinaryOp, lhs: f64, rhs: f64) -> f64 {
    arithmetic(op, lhs, rhs).unwrap_or_else(|| f64::from(u8::from(holds(op, lhs, rhs))))
}

/// Two cells that are both present. A comparison that holds answers `kept`; with `as_bool`, 0 or 1.
/// What has no meaning (a histogram compared with a float) is absent.
pub(super) fn of_cells(op: BinaryOp, lhs: &Cell, rhs: &Cell, kept: &Cell, as_bool: bool) -> Cell {
    let combine = |factor: f64| match (lhs, rhs) {
        (Cell::Histogram(l), Cell::Histogram(r)) => {
            native::combined(l, r, factor).map_or(Cell::Absent, Cell::histogram)
        }
        _ => Cell::Absent,
    };
    let compared = |holds: bool| match (as_bool, holds) {
        (true, holds) => Cell::Float(f64::from(u8::from(holds))),
        (false, true) => kept.clone(),
        (false, false) => Cell::Absent,
    };
    match (lhs, rhs) {
        (Cell::Float(l), Cell::Float(r)) => match arithmetic(op, *l, *r) {
            Some(value) => Cell::Float(value),
            None => compared(holds(op, *l, *r)),
        },
        (Cell::Histogram(h), Cell::Float(f)) | (Cell::Float(f), Cell::Histogram(h))
            if op == BinaryOp::Mul =>
        {
            Cell::histogram(native::scaled(h, *f))
        }
        (Cell::Histogram(h), Cell::Float(f)) if op == BinaryOp::Div => {
            Cell::histogram(native::scaled(h, 1.0 / f))
        }
        (Cell::Histogram(l), Cell::Histogram(r)) => match op {
            BinaryOp::Add => combine(1.0),
            BinaryOp::Sub => combine(-1.0),
            BinaryOp::Equal => compared(l == r),
            BinaryOp::NotEqual => compared(l != r),
            _ => Cell::Absent,
        },
        _ => Cell::Absent,
    }
}

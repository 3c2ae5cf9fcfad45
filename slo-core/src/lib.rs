//! SLOs, error budgets and burn rates (design in progress).

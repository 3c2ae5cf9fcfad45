//! `slo validate`.

use std::fmt::Write as _;
use std::time::Duration;

use promql_client::expr::format_duration;
use promql_client::text::{neutralize, shorten};
use slo_core::policy::Tier;
use slo_core::report::number::short;
use slo_core::rules::{AlertInterval, Alerts};
use slo_core::{Alert, AlertSet, Slo};

use crate::args::ValidateArgs;
use crate::exit::{Exit, Stop};
use crate::output::Streams;
use crate::specs;

pub(super) fn run(args: &ValidateArgs, io: &mut Streams<'_>) -> Result<Exit, Stop> {
    let loaded = specs::load(&args.specs, None)?;
    let mut out = String::new();
    for warning in &loaded.warnings {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(
            out,
            "warning: {}",
            neutralize(&shorten(&warning.to_string(), 1024))
        );
    }
    for slo in &loaded.slos {
        describe(&mut out, slo);
    }
    let (slos, warnings) = (loaded.slos.len(), loaded.warnings.len());
    let plural = |n| if n == 1 { "" } else { "s" };
    let _ = writeln!(
        out,
        "\n{slos} SLO{} valid, {warnings} warning{}",
        plural(slos),
        plural(warnings)
    );
    io.result(None, &out)?;
    Ok(Exit::Met)
}

fn describe(out: &mut String, slo: &Slo) {
    let _ = writeln!(
        out,
        "\n{}/{}: {}, {} % over {}",
        slo.service,
        slo.name,
        slo.sli.kind(),
        slo.objective,
        slo.window
    );
    let alerts = Alerts::Format.of(&slo.alerting);
    if alerts.is_empty() {
        let _ = writeln!(out, "  no alerts are generated");
    } else if alerts != AlertSet::ALL {
        let names: Vec<&str> = alerts.iter().map(Alert::name).collect();
        let _ = writeln!(out, "  alerts: {}", names.join(", "));
    }
    let policy = slo.policy.derive(slo.objective, slo.window);
    for repair in &policy.repairs {
        let _ = writeln!(out, "  repaired: {repair}");
    }
    if policy.tiers.is_empty() {
        let _ = writeln!(out, "  no tier can ever fire");
    }
    for tier in &policy.tiers {
        let _ = write!(
            out,
            "  {:6} above burn rate {:>5} over {} and {}: {}",
            tier.severity.name(),
            short(tier.factor.value(), 3),
            format_duration(tier.long),
            format_duration(tier.short),
            detected(slo, tier, 1.0),
        );
        // Ten times the threshold: an incident that is no outage.
        let incident = 10.0 * tier.factor.value() * slo.objective.error_ratio();
        if incident < 1.0 {
            let _ = write!(out, "; {}", detected(slo, tier, incident));
        }
        out.push('\n');
    }
}

/// When a tier notices an error ratio, and what that has cost.
fn detected(slo: &Slo, tier: &Tier, error_ratio: f64) -> String {
    let errors = if error_ratio >= 1.0 {
        "a total outage is noticed".to_owned()
    } else {
        format!("{} % errors are noticed", short(error_ratio * 100.0, 3))
    };
    let wait = AlertInterval::default().length();
    let detection = tier.detection(slo.objective, slo.window.nominal(), error_ratio, wait);
    match detection {
        Some(detection) => format!(
            "{errors} within {}, with {} % of the budget spent",
            format_duration(seconds(detection.after + wait)),
            short(detection.budget_spent * 100.0, 2),
        ),
        None => errors.replace("noticed", "never noticed"),
    }
}

/// Rounded up: an alert that is a second late is promised too early.
fn seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs_f64().ceil() as u64)
}

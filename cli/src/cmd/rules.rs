//! `slo rules`.

use slo_core::queries::Extrapolation;
use slo_core::rules::{Options, Resource, backfill, generate};

use super::evaluation;
use crate::args::{RulesArgs, RulesFormat};
use crate::exit::{Exit, Stop};
use crate::output::Streams;
use crate::specs;

pub(super) fn run(args: &RulesArgs, io: &mut Streams<'_>) -> Result<Exit, Stop> {
    let loaded = specs::load(&args.specs)?;
    evaluation::warn(io, &loaded.warnings);
    let mut options = Options::default();
    options.labels.extend(args.labels.iter().cloned());
    options.annotations.extend(args.annotations.iter().cloned());
    options.runbook_url.clone_from(&args.runbook_url);
    if args.anchored {
        options.extrapolation = Extrapolation::Anchored;
    }
    let rules = generate(&loaded.slos, &options);
    // On stderr besides the file's own comments: a pipe to `kubectl apply` would swallow them.
    for note in &rules.notes {
        io.remark(&format!(
            "note: {}/{}: {}",
            note.service, note.slo, note.text
        ));
    }
    let yaml = match args.format {
        RulesFormat::Prometheus => rules.to_prometheus_yaml(),
        RulesFormat::Operator => rules.to_prometheus_rule_yaml(&Resource {
            name: args.name.clone(),
            namespace: args.namespace.clone(),
            labels: options.labels,
            annotations: options.annotations,
        }),
    };
    io.result(args.out.as_deref(), &yaml)?;
    let file = args
        .out
        .as_deref()
        .map_or("rules.yaml".into(), |path| path.to_string_lossy());
    io.remark("the recordings start empty; to give them their history:");
    for line in backfill(&rules, &loaded.slos, &file).lines() {
        io.remark(line);
    }
    Ok(Exit::Met)
}

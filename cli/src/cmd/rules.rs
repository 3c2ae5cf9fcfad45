//! `slo rules`.

use std::collections::BTreeMap;

use slo_core::queries::Extrapolation;
use slo_core::rules::{Options, Resource, backfill, generate};

use super::evaluation;
use crate::args::{RulesArgs, RulesFormat};
use crate::exit::{Exit, Stop};
use crate::output::Streams;
use crate::specs::{self, listed, shown};

pub(super) fn run(args: &RulesArgs, io: &mut Streams<'_>) -> Result<Exit, Stop> {
    let loaded = specs::load(&args.specs, None)?;
    evaluation::warn(io, &loaded.warnings);
    let mut options = Options::default();
    options.alerts = args.alerts.into();
    options.labels = once("--label", &args.labels)?;
    options.annotations = once("--annotation", &args.annotations)?;
    options.runbook_url.clone_from(&args.runbook_url);
    options.recording_offset = args.recording_offset;
    options.experimental = args.experimental;
    if args.anchored {
        options.extrapolation = Extrapolation::Anchored;
    }
    for slo in &loaded.slos {
        if let Some(name) = slo
            .group_by
            .iter()
            .find(|name| options.labels.contains_key(*name))
        {
            return Err(Stop::usage(format!(
                "--label {name}: {}/{} is grouped by it, so its alerts have it already",
                slo.service, slo.name
            )));
        }
    }
    let rules = generate(&loaded.slos, &options);
    rules.check().map_err(|refused| {
        let refused = listed(refused.iter(), "\n");
        Stop::usage(format!("Prometheus would refuse these rules:\n{refused}"))
    })?;
    // On stderr besides the file's own comments: a pipe to `kubectl apply` would swallow them.
    let notes = rules.remarks();
    if !notes.is_empty() {
        io.remark(&format!("note: {}", listed(notes.iter(), "\nnote: ")));
    }
    let yaml = match args.format {
        RulesFormat::Prometheus => rules.to_prometheus_yaml(),
        RulesFormat::Operator => rules.to_prometheus_rule_yaml(&resource(args, options, io)),
    };
    io.result(args.out.as_deref(), &yaml)?;
    let file = args.out.as_deref().map_or("rules.yaml".to_owned(), shown);
    io.remark("the recordings start empty; to give them their history:");
    for line in backfill(&rules, &loaded.slos, &file).lines() {
        io.remark(line);
    }
    Ok(Exit::Met)
}

/// Names and values, of which none is given twice.
fn once(option: &str, given: &[(String, String)]) -> Result<BTreeMap<String, String>, Stop> {
    let mut map = BTreeMap::new();
    for (name, value) in given {
        if map.insert(name.clone(), value.clone()).is_some() {
            return Err(Stop::usage(format!("{option} {name} is given twice")));
        }
    }
    Ok(map)
}

/// The resource's metadata. An alert's labels and annotations may be what Kubernetes refuses; the
/// resource does without them.
fn resource(args: &RulesArgs, options: Options, io: &mut Streams<'_>) -> Resource {
    let mut left_off = |kind: &str, name: &str| {
        io.remark(&format!(
            "note: the {kind} {name} is only the alerts': Kubernetes takes none like it"
        ));
        false
    };
    let (mut labels, mut annotations) = (options.labels, options.annotations);
    labels.retain(|name, value| {
        let fits = is_word(name) && (value.is_empty() || is_word(value));
        fits || left_off("label", name)
    });
    annotations.retain(|name, _| is_word(name) || left_off("annotation", name));
    Resource {
        name: args.name.clone(),
        namespace: args.namespace.clone(),
        labels,
        annotations,
    }
}

/// What Kubernetes takes as a label's value, and as a name without a prefix.
fn is_word(text: &str) -> bool {
    let end = |c: char| c.is_ascii_alphanumeric();
    text.len() <= 63
        && text.starts_with(end)
        && text.ends_with(end)
        && text.chars().all(|c| end(c) || "-_.".contains(c))
}

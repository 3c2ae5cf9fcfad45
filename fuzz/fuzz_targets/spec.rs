//! Any text through every spec format: no panic, every error has a place in the text, and what is read
//! makes rules that Prometheus can load.
//!
//! Seeds: `cargo +nightly fuzz run spec fuzz/corpus/spec slo-core/testdata/spec/{own,sloth,openslo,pyrra,wrong}`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slo_core::rules::{Alerts, Options, generate};

const HEADS: [&str; 6] = [
    "",
    "version: meshobs/v1\nservice: a\nnamespace: b\nslos:\n",
    "version: prometheus/v1\nservice: a\nslos:\n",
    "apiVersion: sloth.slok.dev/v1\nkind: PrometheusServiceLevel\nspec:\n",
    "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n",
    "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: a}\nspec:\n",
];

fuzz_target!(|text: &str| {
    let whole = text.trim_start().starts_with(['a', 'v']);
    let heads = if whole { &HEADS[..1] } else { &HEADS[..] };
    for head in heads {
        let text = format!("{head}{text}");
        match slo_core::spec::load("file", &text) {
            Ok(loaded) => {
                assert!(!loaded.slos.is_empty());
                let mut options = Options::default();
                options.alerts = Alerts::All;
                let refused = generate(&loaded.slos, &options).check();
                assert!(refused.is_ok(), "{refused:?}");
            }
            Err(errors) => {
                assert!(errors.count() > 0);
                for error in errors {
                    assert!(error.place.line >= 1 && error.place.column >= 1, "{error}");
                }
            }
        }
    }
});

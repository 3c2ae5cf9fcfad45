//! What people see: verdicts that are none, and texts of others.

use super::*;

#[test]
fn what_is_stale_has_figures_and_no_verdict() {
    let report = Report::new(at(), &[stale()]);
    let slo = &report.slos[0];
    assert_eq!((slo.status.name(), slo.compliant), ("stale", None));
    assert_eq!(
        (slo.current, slo.data_age_seconds),
        (Some(100.0), Some(82_800))
    );
    assert_eq!((report.summary.stale, report.summary.compliant), (1, 0));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["slos"][0]["data_age_seconds"], 82_800);
    assert_eq!(json["summary"]["stale"], 1);
    let text = markdown(&report);
    for words in [
        "1 SLOs, 0 compliant (0 of them at risk), 0 non-compliant, 1 stale,",
        "| **stale** (as of 23h ago) | 100 % |",
        "- stale: the figures are as of 23h ago: the data are too old for a verdict",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let rows = csv(&report);
    assert!(rows.contains(",stale,,100,99,"), "{rows}");
    assert!(rows.ends_with(",82800\r\n"), "{rows}");
    let drawing = burn_down_svg(at(), &[stale()]);
    assert!(drawing.contains("99 % over 30d: stale, 100 % as of 23h ago"));
    // An older report reads as it did.
    let mut old = json;
    old["slos"][0]
        .as_object_mut()
        .unwrap()
        .remove("data_age_seconds");
    old["slos"][0]
        .as_object_mut()
        .unwrap()
        .remove("more_warnings");
    old["summary"].as_object_mut().unwrap().remove("stale");
    let old: Report = serde_json::from_value(old).unwrap();
    assert_eq!((old.slos[0].data_age_seconds, old.summary.stale), (None, 0));
}

#[test]
fn an_undecided_alert_is_named() {
    let mut report = Report::new(at(), &[stale()]);
    let policy = report.slos[0].policy.as_mut().unwrap();
    policy.tiers[0].firing = Some(true);
    policy.tiers[1].firing = None;
    policy.tiers[2].firing = Some(false);
    policy.tiers[3].firing = None;
    let text = markdown(&report);
    for line in [
        "- alert: page: burn rate above 14.4 over 1h and 5m",
        "- undecided: page over 6h and 30m; ticket over 3d and 6h: too little is known of these \
         windows to tell whether the alert fires",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(!text.contains("1d and 2h"), "{text}");
}

#[test]
fn no_writer_passes_on_what_a_terminal_obeys() {
    // Colours, a cleared screen, a new line that lies, a turned reading direction, a hidden tag.
    let hostile =
        "\u{1b}[31m\u{9b}2J\r\nok\u{202e}\u{2066}\u{200b}\u{feff}\u{7f}\u{85}\u{2028}\u{e0041}";
    let mut evaluations = mesh();
    let last = evaluations.len() - 1;
    for evaluation in &mut evaluations {
        evaluation.group = Labels::from_pairs([("version", hostile)]);
        evaluation.warnings.push(hostile.to_owned());
        let slo = Arc::make_mut(&mut evaluation.slo);
        slo.description = Some(hostile.to_owned());
        slo.labels.insert(hostile.to_owned(), hostile.to_owned());
    }
    evaluations[last].outcome = Outcome::Failed(Failure::Ambiguous {
        what: "the total's query",
        series: hostile.to_owned(),
    });
    let report = Report::new(at(), &evaluations);
    let text = json(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    let rows = csv(&report).replace("\r\n", "\n");
    assert_eq!(rows.lines().count(), 1 + evaluations.len());
    for text in [
        text,
        rows,
        markdown(&report),
        burn_down_svg(at(), &evaluations),
    ] {
        let safe = promql_client::text::neutralize_lines(&text);
        assert!(matches!(safe, std::borrow::Cow::Borrowed(_)), "{text}");
        assert!(!text.contains("\nok"), "{text}");
        assert!(text.contains("[31m") && text.contains("2J"), "{text}");
    }
}

#[test]
fn many_warnings_are_cut_for_people_and_kept_for_machines() {
    let mut evaluation = stale();
    evaluation.warnings = (0..1000).map(|i| format!("warning number {i};")).collect();
    let report = Report::new(at(), &[evaluation]);
    for text in [markdown(&report), csv(&report)] {
        assert!(
            text.contains("number 19;") && !text.contains("number 20;"),
            "{text}"
        );
        assert!(text.contains("and 980 more"), "{text}");
    }
    assert!(json(&report).unwrap().contains("number 999;"));
}

#[test]
fn our_own_warnings_come_before_the_servers_and_all_are_counted() {
    for more in [0, 10, 99_980] {
        let mut evaluation = stale();
        evaluation.remarks.said = (0..20).map(|i| format!("said {i};")).collect();
        evaluation.remarks.more = more;
        evaluation.warnings = vec!["we doubt it".to_owned()];
        let report = Report::new(at(), &[evaluation]);
        let rest = format!("and {} more", more + 1);
        for text in [markdown(&report), csv(&report)] {
            assert!(text.contains("we doubt it"), "{text}");
            assert!(
                text.contains("said 18;") && !text.contains("said 19;"),
                "{text}"
            );
            assert!(text.contains(&rest), "{text}");
            assert_eq!(text.matches(" more").count(), 1, "{text}");
        }
        let slo = serde_json::to_value(&report).unwrap()["slos"][0].clone();
        assert_eq!(slo["warnings"].as_array().unwrap().len(), 21);
        assert_eq!(
            (&slo["warnings"][0], &slo["more_warnings"]),
            (&"we doubt it".into(), &more.into())
        );
    }
}

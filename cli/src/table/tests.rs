use slo_core::report::Report;

use super::cells::grouped;
use super::*;

/// The report that `slo-core`'s own golden file holds: one of everything.
fn report() -> Report {
    let json = include_str!("../../../slo-core/src/report/golden/report.json");
    serde_json::from_str(json).unwrap()
}

fn golden(name: &str, actual: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        actual == expected,
        "look at what BLESS=1 makes of it:\n{actual}"
    );
}

#[test]
fn the_table_is_as_it_always_was() {
    golden("table.txt", &render(&report(), false, Width::Unlimited));
    golden(
        "table-80.txt",
        &render(&report(), false, Width::Columns(80)),
    );
    golden(
        "table-120.txt",
        &render(&report(), false, Width::Columns(120)),
    );
}

#[test]
fn a_narrow_table_comes_in_blocks() {
    let text = render(&report(), false, Width::Columns(80));
    let titles = text
        .lines()
        .filter(|line| line.starts_with(" cart/latency"));
    assert_eq!(titles.count(), 2, "{text}");
    let text = render(&report(), false, Width::Columns(200));
    assert_eq!(text, render(&report(), false, Width::Unlimited));
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain + rest
}

#[test]
fn only_colours_differ() {
    for width in [Width::Unlimited, Width::Columns(120), Width::Columns(80)] {
        let plain = render(&report(), false, width);
        let coloured = render(&report(), true, width);
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}["));
        assert_eq!(
            without_colours(&coloured).replace(' ', ""),
            plain.replace(' ', "")
        );
    }
}

#[test]
fn no_width_breaks_a_number() {
    let report = report();
    let unlimited = render(&report, false, Width::Unlimited);
    let mut numbers: Vec<&str> = words(&unlimited);
    numbers.retain(|word| word.starts_with(|c: char| c.is_ascii_digit() || c == '-'));
    assert!(numbers.contains(&"8,640,000") && numbers.contains(&"-93.5"));
    for columns in 20..=220 {
        let text = render(&report, false, Width::Columns(columns));
        let there = words(&text);
        for number in &numbers {
            assert!(there.contains(number), "{number} at {columns}:\n{text}");
        }
        for line in text.lines() {
            // A number stays with its unit.
            assert!(!line.trim_start().starts_with("% "), "{columns}:\n{text}");
        }
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for coloured in [false, true] {
        for columns in 48..=220 {
            let text = render(&report(), coloured, Width::Columns(columns));
            for line in without_colours(&text).lines() {
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= usize::from(columns), "{columns}: {line}");
            }
        }
    }
}

#[test]
fn what_is_stale_shows_its_age_and_is_counted_apart() {
    let mut report = report();
    report.slos.retain(|slo| slo.service == "stock");
    report.summary = Default::default();
    (report.summary.total_slos, report.summary.stale) = (1, 1);
    let text = render(&report, false, Width::Unlimited);
    for part in [
        "stale (23h ago)  100 %",
        "1 SLO at 2026-11-23T12:00:00Z: 1 stale\n",
        "stale stock/availability: the figures are as of 23h ago",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn an_undecided_alert_is_never_left_out() {
    let mut report = report();
    for slo in &mut report.slos {
        for tier in slo.policy.iter_mut().flat_map(|policy| &mut policy.tiers) {
            tier.firing = None;
        }
    }
    let text = render(&report, false, Width::Unlimited);
    let undecided = text.lines().filter(|line| line.starts_with("undecided "));
    assert_eq!(undecided.count(), 6, "{text}");
    assert!(!text.contains("\nalert "), "{text}");
}

#[test]
fn a_server_cannot_talk_to_the_terminal() {
    let hostile = "\u{1b}[2Jgone\r\nwarning\u{202e}";
    let mut report = report();
    let slo = &mut report.slos[0];
    slo.warnings = vec![hostile.to_owned()];
    slo.group = [("version".to_owned(), hostile.to_owned())].into();
    slo.window = hostile.to_owned();
    for width in [Width::Unlimited, Width::Columns(80)] {
        let text = render(&report, false, width);
        let safe = promql_client::text::neutralize_lines(&text);
        assert_eq!(safe, text);
        assert!(!text.contains("\nwarning\\"), "{text}");
    }
}

#[test]
fn many_warnings_are_cut() {
    let mut report = report();
    report.slos[0].warnings = (0..100_000).map(|i| format!("warning {i}.")).collect();
    let text = render(&report, false, Width::Unlimited);
    assert!(text.contains("warning 19.") && !text.contains("warning 20."));
    assert!(text.contains("and 99980 more"), "{text}");
}

#[test]
fn numbers_are_grouped() {
    assert_eq!(grouped("1234567"), "1,234,567");
    assert_eq!(grouped("123"), "123");
    assert_eq!(grouped("1234.5"), "1,234.5");
}

#[test]
fn a_long_title_costs_no_more_than_its_beginning() {
    let mut report = report();
    report.slos[0].group = [("path".to_owned(), "p".repeat(2_000_000))].into();
    for width in [Width::Columns(80), Width::Unlimited] {
        let text = render(&report, false, width);
        assert!(text.len() < 200_000, "{} bytes", text.len());
    }
}

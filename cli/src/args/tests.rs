use clap::{CommandFactory as _, Parser as _};

use super::*;

fn parse(args: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("meshobs").chain(args.split_whitespace()))
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn specs_and_filters_repeat() {
    let cli = parse(
        "slo check --spec a.yaml b.yaml --spec c/ --slo x --slo s/y --prometheus-url http://p",
    );
    let Command::Slo(SloCommand::Check(args)) = cli.unwrap().command else {
        panic!("another command");
    };
    assert_eq!(args.specs.spec.len(), 3);
    assert_eq!(args.specs.slo, ["x", "s/y"]);
    assert_eq!(args.source, SourceArg::Raw);
    assert_eq!(args.backend.timeout.as_secs(), 30);
}

#[test]
fn times_are_rfc3339_and_become_utc() {
    let check = "slo check --spec a --prometheus-url http://p --at";
    let Command::Slo(SloCommand::Check(args)) =
        parse(&format!("{check} 2026-11-01T01:00:00+01:00"))
            .unwrap()
            .command
    else {
        panic!("another command");
    };
    assert_eq!(args.run.at.unwrap().to_string(), "2026-11-01T00:00:00Z");
    for wrong in ["yesterday", "2026-11-01", "1793491200"] {
        let error = parse(&format!("{check} {wrong}")).unwrap_err();
        assert_eq!(error.exit_code(), 2, "{wrong}");
    }
}

#[test]
fn wrong_arguments_are_refused() {
    for wrong in [
        "slo check --prometheus-url http://p",
        "slo check --spec a --prometheus-url http://p --timeout 0s",
        "slo check --spec a --prometheus-url http://p --timeout soon",
        "slo check --spec a --prometheus-url http://p --concurrency 0",
        "slo check --spec a --prometheus-url http://p --fail-on breached",
        "slo check --spec a --prometheus-url http://p --output svg",
        "slo check --spec a --prometheus-url http://p --max-age 0s",
        "slo check --spec a --prometheus-url http://p --max-age old",
        "slo check --spec a --prometheus-url http://p --min-coverage 0",
        "slo check --spec a --prometheus-url http://p --min-coverage 101",
        "slo check --spec a --prometheus-url http://p --min-coverage NaN",
        "slo check --spec a --prometheus-url http://p --min-coverage all",
        "slo check --spec a --prometheus-url http://p --deadline 0s",
        "slo rules --spec a --label nonsense",
        "check-slo --prometheus-url http://p",
        "",
    ] {
        assert_eq!(parse(wrong).unwrap_err().exit_code(), 2, "{wrong}");
    }
}

#[test]
fn every_evaluation_has_its_limits() {
    for command in [
        "slo check --spec a",
        "slo report --spec a",
        "check-slo --service s",
    ] {
        let run = |more: &str| {
            let args = format!("{command} --prometheus-url http://p {more}");
            match parse(&args).unwrap().command {
                Command::Slo(SloCommand::Check(args)) => args.run,
                Command::Slo(SloCommand::Report(args)) => args.run,
                Command::CheckSlo(args) => args.run,
                _ => panic!("another command"),
            }
        };
        let default = run("");
        assert_eq!(default.max_age.as_secs(), 3600);
        assert_eq!((default.min_coverage, default.deadline), (None, None));
        let given = run("--max-age 15m --min-coverage 99.5% --deadline 2m");
        assert_eq!(given.max_age.as_secs(), 900);
        assert_eq!(given.min_coverage.unwrap().percent(), 99.5);
        assert_eq!(given.deadline.unwrap().as_secs(), 120);
    }
}

#[test]
fn every_evaluation_documents_its_exit_codes_and_proxies() {
    for command in ["slo check", "slo report", "check-slo"] {
        let help = parse(&format!("{command} --help")).unwrap_err().to_string();
        for text in [
            "  4  the result could not be written",
            "HTTPS_PROXY",
            "NO_PROXY",
        ] {
            assert!(help.contains(text), "{command}: {text}: {help}");
        }
    }
}

#[test]
fn every_command_has_examples() {
    for command in Cli::command().get_subcommands_mut() {
        for leaf in if command.has_subcommands() {
            command.get_subcommands_mut().collect::<Vec<_>>()
        } else {
            vec![command]
        } {
            let help = leaf.render_help().to_string();
            assert!(help.contains("Examples:\n  meshobs "), "{help}");
        }
    }
}

#[test]
fn secrets_are_not_in_the_debug_form() {
    let cli = parse("check-slo --service s --prometheus-url http://u:hunter2@p --header A:hunter3");
    let debug = format!("{:?}", cli.unwrap());
    assert!(!debug.contains("hunter"), "{debug}");
}

//! What Prometheus takes and what it refuses.

use super::check;

#[test]
fn takes_what_people_write() {
    for text in [
        "",
        "no template }} at all {",
        "{{ $value }}",
        "{{$labels.slo}} burns at {{ $value | humanizePercentage }} of {{ $externalLabels.cluster }}",
        "{{- $value -}}",
        "{{ printf \"%.2f\\n\" $value }}{{ `raw } }} \"` }}",
        "{{ with query \"up{job='a'}\" }}{{ . | first | value }}{{ else }}none{{ end }}",
        "{{ range $i, $x := query \"up\" }}{{ if $i }}, {{ end }}{{ $x.Labels.job }}{{ end }}",
        "{{ range query \"up\" }}{{ if eq .Value 0.0 }}{{ continue }}{{ else }}{{ break }}{{ end }}{{ end }}",
        "{{ if gt $value 1.5e3 }}a{{ else if lt $value -0x1F }}b{{ else }}c{{ end }}",
        "{{ $x := 1 }}{{ $x = (add) }}"
            .replace("(add)", "(len $labels)")
            .as_str(),
        "{{/* a comment with }} in it */}}{{- /* another */ -}}",
        "{{ define \"t\" }}{{ .Value }}{{ end }}{{ template \"t\" . }}",
        "{{ block `b` $ }}{{ . }}{{ end }}",
        "{{ (query \"up\" | first).Value }}{{ $.Labels.a.b }}{{ .Value }}{{ eq 'a' '\\n' '\\x41' }}",
        "{{ now.Year }}{{ graphLink \"up\" }}",
        "{{ \"}}\" }}",
        "{{\n  $value\n}}",
        "{{ $value | }}",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn refuses_what_prometheus_refuses() {
    for text in [
        "{{",
        "{{ $value",
        "{{ $value }",
        "{{ }}",
        "{{ $nope }}",
        "{{ nope }}",
        "{{ nope \"x\" }}",
        "{{ $value | | $value }}",
        "{{ | $value }}",
        "{{ $value | 1 }}",
        "{{ end }}",
        "{{ else }}",
        "{{ if $value }}",
        "{{ if }}{{ end }}",
        "{{ if $value }}{{ else }}{{ else }}{{ end }}",
        "{{ with $value }}{{ else if $value }}{{ end }}",
        "{{ range $i, 1 := $value }}{{ end }}",
        "{{ range $a, $b, $c := $value }}{{ end }}",
        "{{ with $a, $b := $value }}{{ end }}",
        "{{ break }}",
        "{{ if $value }}{{ define \"t\" }}{{ end }}{{ end }}",
        "{{ define t }}{{ end }}",
        "{{ define \"t\" }}{{ $value }}{{ end }}",
        "{{ define \"t\" }}a{{ end }}{{ define \"t\" }}b{{ end }}",
        "{{ template }}",
        "{{ \"unclosed }}",
        "{{ `unclosed }}",
        "{{ 'ab' }}",
        "{{ '' }}",
        "{{ \"\\q\" }}",
        "{{ \"\\400\" }}",
        "{{ \"\\ud800\" }}",
        "{{ \"a\nb\" }}",
        "{{ 1x }}",
        "{{ 1.2.3 }}",
        "{{ 08 }}",
        "{{ 1e999 }}",
        "{{ 99999999999999999999 }}",
        "{{ - }}",
        "{{ .Value.5 }}",
        "{{ \"a\".Foo }}",
        "{{ ..Value }}",
        "{{ $value%2 }}",
        "{{ ($value }}",
        "{{ $value) }}",
        "{{ () }}",
        "{{ $x : 1 }}",
        "{{ $x=1 }}",
        "{{/* never closed }}",
        "{{/* closed */ too late }}",
        "{{-   /* too far */}}",
        "{{ {{ $value }} }}",
        "{{ if $value }}{{ $x := 1 }}{{ end }}{{ $x }}",
        "{{ é }}",
    ] {
        assert!(check(text).is_err(), "{text}");
    }
}

#[test]
fn towers_are_refused_and_not_climbed() {
    let deep = 100_000;
    for text in [
        format!("{{{{ {}1{} }}}}", "(".repeat(deep), ")".repeat(deep)),
        format!("{}{}", "{{ if . }}".repeat(deep), "{{ end }}".repeat(deep)),
        format!(
            "{{{{ if . }}}}{}{{{{ end }}}}",
            "{{ else if . }}".repeat(deep)
        ),
    ] {
        assert!(check(&text).unwrap_err().contains("deeper"));
    }
}

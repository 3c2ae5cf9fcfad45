//! How others write a float: the bounds of a histogram's buckets are text in the label `le`.

/// All texts in which a client or a server writes a float as the value of `le` or `quantile`, each
/// once, the plain decimal first. A matcher of a bucket's bound must know them all, because the label
/// is text: `le="1.8e+06"` and `le="1800000"` are different series of the same bound.
///
/// | who | 100 | 1,800,000 | 0.00005 | 20,000,000,000 |
/// |---|---|---|---|---|
/// | OpenTelemetry, JavaScript, Envoy | `100` | `1800000` | `0.00005` | `20000000000` |
/// | Go, C++ | `100` | `1.8e+06` | `5e-05` | `2e+10` |
/// | Prometheus 3, OpenMetrics in Go | `100.0` | `1.8e+06` | `5e-05` | `2e+10` |
/// | Python | `100.0` | `1.8e+06` | `5e-05` | `2e+010` |
/// | Java | `100.0` | `1800000.0` | `5.0E-5` | `2.0E10` |
/// | Ruby | `100.0` | `1800000.0` | `5.0e-05` | `20000000000.0` |
/// | Rust | `100.0` | `1800000.0` | `5e-5` | `20000000000.0` |
///
/// Sources: Go's `strconv.FormatFloat(f, 'g', -1, 64)` (an exponent from 10⁶ on and below 10⁻⁴, of two
/// digits at least), Prometheus' `labels.FormatOpenMetricsFloat` (the same, with `.0` where neither a
/// point nor an exponent is in it), client_python's `floatToGoString`, Java's `Double.toString` (an
/// exponent from 10⁷ on and below 10⁻³). Not among them: more digits than a float has, as Envoy writes
/// them where a bound is no sum of powers of two (`0.299…` for 0.3); its default bounds are.
///
/// Not a number and the infinities have one text each: `NaN`, `+Inf`, `-Inf`.
///
/// ```
/// use promql_client::expr::float_spellings;
///
/// assert_eq!(float_spellings(0.25), ["0.25"]);
/// assert_eq!(float_spellings(100.0), ["100", "100.0"]);
/// assert_eq!(float_spellings(1.8e6), ["1800000", "1800000.0", "1.8e+06"]);
/// ```
#[must_use]
pub fn float_spellings(value: f64) -> Vec<String> {
    if value.is_nan() {
        return vec!["NaN".to_owned()];
    }
    if value.is_infinite() {
        return vec![if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()];
    }
    let decimal = value.to_string();
    let mut all = vec![decimal.clone()];
    let mut add = |text: String| {
        if !all.contains(&text) {
            all.push(text);
        }
    };
    if !decimal.contains('.') {
        add(format!("{decimal}.0"));
    }
    // The shortest digits that read back as the same float, and the power of ten of the first.
    let scientific = format!("{value:e}");
    let Some((mantissa, power)) = scientific.split_once('e') else {
        return all;
    };
    let Ok(power) = power.parse::<i32>() else {
        return all;
    };
    if value == 0.0 {
        return all;
    }
    let sign = if power < 0 { '-' } else { '+' };
    let size = power.unsigned_abs();
    let with_point = match mantissa.contains('.') {
        true => mantissa.to_owned(),
        false => format!("{mantissa}.0"),
    };
    let small_and_large = |below: i32, from: i32| power < below || power >= from;
    if small_and_large(-4, 6) {
        // Go, Prometheus, C++, Python below 10⁻⁴ and from 10¹⁶ on.
        add(format!("{mantissa}e{sign}{size:02}"));
    }
    if value > 0.0 && (10..16).contains(&power) {
        // Python imitates Go with a zero too many.
        add(format!("{mantissa}e+0{size}"));
    }
    if small_and_large(-3, 7) {
        // Java, PHP from 10¹⁵ on.
        add(format!("{with_point}E{power}"));
    }
    if small_and_large(-4, 16) {
        // Ruby.
        add(format!("{with_point}e{sign}{size:02}"));
        // Rust, JavaScript.
        add(format!("{mantissa}e{power}"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn knows_what_each_client_writes() {
        for (value, all) in [
            (0.0, &["0", "0.0"][..]),
            (0.3, &["0.3"]),
            (-2.5, &["-2.5"]),
            (1.0, &["1", "1.0"]),
            (0.005, &["0.005"]),
            (0.0005, &["0.0005", "5.0E-4"]),
            (0.0001, &["0.0001", "1.0E-4"]),
            (0.00005, &["0.00005", "5e-05", "5.0E-5", "5.0e-05", "5e-5"]),
            (
                0.000_012_5,
                &["0.0000125", "1.25e-05", "1.25E-5", "1.25e-5"],
            ),
            (999_999.0, &["999999", "999999.0"]),
            (1e6, &["1000000", "1000000.0", "1e+06"]),
            (1_800_000.0, &["1800000", "1800000.0", "1.8e+06"]),
            (1_234_567.5, &["1234567.5", "1.2345675e+06"]),
            (1e7, &["10000000", "10000000.0", "1e+07", "1.0E7"]),
            (
                1.5e10,
                &[
                    "15000000000",
                    "15000000000.0",
                    "1.5e+10",
                    "1.5e+010",
                    "1.5E10",
                ],
            ),
            (
                2e16,
                &[
                    "20000000000000000",
                    "20000000000000000.0",
                    "2e+16",
                    "2.0E16",
                    "2.0e+16",
                    "2e16",
                ],
            ),
            (f64::INFINITY, &["+Inf"]),
            (f64::NEG_INFINITY, &["-Inf"]),
            (f64::NAN, &["NaN"]),
        ] {
            assert_eq!(float_spellings(value), all, "{value}");
        }
    }

    proptest! {
        #[test]
        fn every_spelling_is_the_same_float(
            value in prop_oneof![
                any::<f64>(),
                (1u32..10_000, -12i32..20).prop_map(|(n, e)| format!("{n}e{e}").parse().unwrap()),
            ]
        ) {
            let all = float_spellings(value);
            for text in &all {
                let read: f64 = text.parse().unwrap();
                prop_assert!(read.to_bits() == value.to_bits() || (read.is_nan() && value.is_nan()), "{}", text);
            }
            let mut distinct = all.clone();
            distinct.sort();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), all.len());
        }
    }
}

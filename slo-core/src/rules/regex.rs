//! Regular expressions that are some here and not for Prometheus, whose language is RE2's.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    Ast, ClassSetItem, ClassUnicode, ClassUnicodeKind, Flag, Flags, FlagsItemKind, GroupKind,
    HexLiteralKind, Literal, LiteralKind, RepetitionKind, RepetitionRange, Visitor, visit,
};

/// RE2 repeats nothing more often.
const REPEATED: u32 = 1000;

/// Why RE2 refuses a pattern that is one here.
pub(crate) fn pattern_refused(pattern: &str) -> Option<&'static str> {
    // What is no pattern for Rust either was refused before.
    let ast = Parser::new().parse(pattern).ok()?;
    visit(&ast, Refusals { times: vec![1] }).err()
}

/// Walks along a pattern and stops where RE2 does.
struct Refusals {
    /// How often what stands here is repeated, by the repetitions around it.
    times: Vec<u32>,
}

impl Visitor for Refusals {
    type Output = ();
    type Err = &'static str;

    fn finish(self) -> Result<(), &'static str> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), &'static str> {
        match ast {
            Ast::Repetition(repetition) => {
                if matches!(*repetition.ast, Ast::Repetition(_)) {
                    return Err("it repeats a repetition");
                }
                let around = self.times.last().copied().unwrap_or(1);
                let times = around.saturating_mul(times(&repetition.op.kind));
                self.times.push(times);
                if times > REPEATED {
                    return Err("it repeats something more than 1000 times");
                }
                Ok(())
            }
            Ast::Flags(set) => flags(&set.flags),
            Ast::Group(group) => match &group.kind {
                GroupKind::NonCapturing(set) => flags(set),
                _ => Ok(()),
            },
            Ast::Literal(literal) => is_literal(literal),
            Ast::ClassUnicode(class) => is_class(class),
            _ => Ok(()),
        }
    }

    fn visit_post(&mut self, ast: &Ast) -> Result<(), &'static str> {
        if matches!(ast, Ast::Repetition(_)) {
            self.times.pop();
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), &'static str> {
        match item {
            ClassSetItem::Literal(literal) => is_literal(literal),
            ClassSetItem::Range(range) => {
                is_literal(&range.start).and_then(|()| is_literal(&range.end))
            }
            ClassSetItem::Unicode(class) => is_class(class),
            _ => Ok(()),
        }
    }
}

fn times(kind: &RepetitionKind) -> u32 {
    match kind {
        RepetitionKind::Range(RepetitionRange::Exactly(n) | RepetitionRange::AtLeast(n)) => *n,
        RepetitionKind::Range(RepetitionRange::Bounded(_, n)) => *n,
        _ => 1,
    }
    .max(1)
}

fn flags(flags: &Flags) -> Result<(), &'static str> {
    let known = |flag: &Flag| {
        let known = [
            Flag::CaseInsensitive,
            Flag::MultiLine,
            Flag::DotMatchesNewLine,
            Flag::SwapGreed,
        ];
        known.contains(flag)
    };
    let unknown = flags.items.iter().any(|item| match &item.kind {
        FlagsItemKind::Flag(flag) => !known(flag),
        FlagsItemKind::Negation => false,
    });
    if unknown {
        return Err("RE2 has the flags i, m, s and U only");
    }
    Ok(())
}

fn is_literal(literal: &Literal) -> Result<(), &'static str> {
    let kind = match &literal.kind {
        LiteralKind::HexFixed(kind) | LiteralKind::HexBrace(kind) => kind,
        _ => return Ok(()),
    };
    match kind {
        HexLiteralKind::X => Ok(()),
        _ => Err("RE2 has no escapes \\u and \\U: write \\x{...}"),
    }
}

/// Categories by their short names, and scripts. Other properties are unknown to RE2.
fn is_class(class: &ClassUnicode) -> Result<(), &'static str> {
    const OTHERS: [&str; 12] = [
        "Alphabetic",
        "Uppercase",
        "Lowercase",
        "Emoji",
        "Letter",
        "Mark",
        "Number",
        "Punctuation",
        "Symbol",
        "Separator",
        "Other",
        "ASCII",
    ];
    let known = match &class.kind {
        ClassUnicodeKind::OneLetter(letter) => "LMNPSZC".contains(*letter),
        ClassUnicodeKind::Named(name) => {
            name.starts_with(|c: char| c.is_ascii_uppercase()) && !OTHERS.contains(&name.as_str())
        }
        ClassUnicodeKind::NamedValue { .. } => false,
    };
    if known {
        return Ok(());
    }
    Err("RE2 has no class of characters of such a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_re2_takes() {
        for pattern in [
            "5..|0",
            "/api/v\\d+/.*",
            "(?i)a(?s-m:b)(?U)c",
            "a{1000}b{0}c{1,5}?d*?e??f+",
            "(a{10}){100}",
            "\\x41\\x{1F600}\\pL\\p{Lu}\\p{Greek}\\P{L}",
            "(?P<a>x)[[:alpha:]\\d\\x41-\\x42]",
            "",
        ] {
            assert_eq!(pattern_refused(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn refuses_what_re2_refuses() {
        for pattern in [
            "a**",
            "a++",
            "a*??",
            "a{2}{3}",
            "a{1001}",
            "a{1,1001}",
            "(a{100}){11}",
            "((a{10}){10}){11}",
            "(?x) a",
            "(?u)a",
            "(?-u:a)",
            "(?R)a",
            "\\u0041",
            "\\u{61}",
            "[\\u0041]",
            "[a-\\u0062]",
            "\\p{Alphabetic}",
            "\\p{sc=Greek}",
            "\\p{lu}",
            "[\\p{Emoji}]",
        ] {
            assert!(pattern_refused(pattern).is_some(), "{pattern}");
        }
    }
}

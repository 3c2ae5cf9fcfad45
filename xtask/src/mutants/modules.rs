//! Which code is broken.

/// A module: a file `PATH.rs`, and the files in the folder `PATH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// From the workspace's root, without `.rs`.
    pub(crate) path: &'static str,
}

const fn module(path: &'static str) -> Module {
    Module { path }
}

/// What decides: every mutant is tried.
pub(crate) const CORE: &[Module] = &[
    module("slo-core/src/policy"),
    module("slo-core/src/budget"),
    module("slo-core/src/burn_rate"),
    module("slo-core/src/counts"),
    module("slo-core/src/history"),
    module("slo-core/src/forecast"),
    module("slo-core/src/queries"),
    module("slo-core/src/evaluate/judge"),
    module("slo-core/src/evaluate/grid"),
    module("slo-core/src/evaluate/bounds"),
    module("slo-core/src/evaluate/measure"),
    module("slo-core/src/evaluate/windows"),
    module("slo-core/src/rules/alerts"),
    module("slo-core/src/rules/recording"),
];

/// What is sampled.
pub(crate) const SAMPLED: &[Module] = &[
    module("slo-core/src/interval"),
    module("slo-core/src/spec"),
    module("promql-client/src/expr"),
    module("promql-client/src/wire"),
    module("promql-client/src/http"),
];

impl Module {
    /// The package, which is named like its folder.
    pub(crate) fn package(&self) -> &'static str {
        self.path.split('/').next().unwrap_or_default()
    }

    /// Its files, for cargo-mutants.
    pub(crate) fn globs(&self) -> [String; 2] {
        [
            format!("{}.rs", self.path),
            format!("{}/**/*.rs", self.path),
        ]
    }

    /// Whether a file is one of its own.
    pub(crate) fn holds(&self, file: &str) -> bool {
        file.strip_prefix(self.path)
            .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_a_file_or_a_folder_or_both() {
        let budget = module("slo-core/src/budget");
        assert!(budget.holds("slo-core/src/budget.rs"));
        assert!(budget.holds("slo-core/src/budget/part.rs"));
        assert!(!budget.holds("slo-core/src/budgets.rs"));
        assert_eq!(budget.package(), "slo-core");
        assert_eq!(
            budget.globs(),
            ["slo-core/src/budget.rs", "slo-core/src/budget/**/*.rs"]
        );
    }

    #[test]
    fn every_module_is_there() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        for module in CORE.iter().chain(SAMPLED) {
            let path = format!("{root}/{}", module.path);
            let file = format!("{path}.rs");
            assert!(
                std::path::Path::new(&file).is_file() || std::path::Path::new(&path).is_dir(),
                "{} has moved",
                module.path
            );
        }
    }
}

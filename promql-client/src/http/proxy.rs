//! The proxies that the environment names.

use reqwest::Url;

use super::build::decoded;

/// Every variable that may name a proxy.
const VARIABLES: [&str; 6] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// The value of a variable; one that is no text becomes one that is no address.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Users and passwords of all proxies, asked or not.
pub(super) fn credentials(
    variable: impl Fn(&str) -> Option<String>,
) -> impl Iterator<Item = (String, String)> {
    let urls = VARIABLES.into_iter().filter_map(variable);
    urls.filter_map(|text| {
        let url = address(&text)?;
        let password = url.password().unwrap_or_default();
        let given = !url.username().is_empty() || !password.is_empty();
        given.then(|| (decoded(url.username()), decoded(password)))
    })
}

/// A proxy's address; `http://` need not be said.
fn address(text: &str) -> Option<Url> {
    let text = text.trim();
    match text.contains("://") {
        true => Url::parse(text).ok(),
        false => Url::parse(&format!("http://{text}")).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_may_have_credentials() {
        for name in VARIABLES {
            for (value, user, password) in [
                (
                    "http://ann:Pr0xy%2FS3cret@proxy:3128",
                    "ann",
                    "Pr0xy/S3cret",
                ),
                ("ann:pw@proxy:3128", "ann", "pw"),
                ("https://token@proxy", "token", ""),
            ] {
                let set = |asked: &str| (asked == name).then(|| value.to_owned());
                let found: Vec<_> = credentials(set).collect();
                assert_eq!(found, [(user.to_owned(), password.to_owned())], "{value}");
            }
        }
        for value in ["", "::::", "http://", "http://proxy:3128", "proxy:3128"] {
            assert_eq!(
                credentials(|_| Some(value.to_owned())).count(),
                0,
                "{value}"
            );
        }
    }
}

//! The proxies that the environment names.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use super::build::{BuildError, decoded};

const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const NONE: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The value of a variable; one that is no text becomes one that is no address.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Users and passwords of all proxies, asked or not.
pub(super) fn credentials(
    variable: impl Fn(&str) -> Option<String>,
) -> impl Iterator<Item = (String, String)> {
    let urls = [HTTP, HTTPS, ALL]
        .into_iter()
        .flatten()
        .filter_map(variable);
    urls.filter_map(|text| {
        let url = address(&text)?;
        let password = url.password().unwrap_or_default();
        let given = !url.username().is_empty() || !password.is_empty();
        given.then(|| (decoded(url.username()), decoded(password)))
    })
}

/// A proxy, and its host and port as messages show them.
#[derive(Debug)]
pub(super) struct Via {
    pub(super) proxy: reqwest::Proxy,
    pub(super) host: String,
}

/// The proxy through which an address is asked; `None` where it is asked directly. It is decided here,
/// once, so that messages name who is really asked.
///
/// # Errors
/// [`BuildError::Proxy`] where the variable that counts names none: without a proxy, credentials would
/// go where they were not meant to go.
pub(super) fn of(
    base: &Url,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Via>, BuildError> {
    // In a CGI program, a request sets HTTP_PROXY with a header `Proxy`.
    if variable("REQUEST_METHOD").is_some() {
        return Ok(None);
    }
    let first = |names: [&'static str; 2]| {
        let mut set = names
            .into_iter()
            .filter_map(|name| Some((name, variable(name)?)));
        set.next()
    };
    let own = if base.scheme() == "https" {
        HTTPS
    } else {
        HTTP
    };
    let given = |found: &(_, String)| !found.1.trim().is_empty();
    let named = first(own)
        .filter(given)
        .or_else(|| first(ALL).filter(given));
    let Some((name, text)) = named else {
        return Ok(None);
    };
    if is_exempt(base, first(NONE).map(|(_, list)| list).unwrap_or_default()) {
        return Ok(None);
    }
    let refused = || BuildError::Proxy {
        variable: name.to_owned(),
    };
    let url = address(&text)
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(refused)?;
    let port = url.port_or_known_default().unwrap_or_default();
    let host = format!("{}:{port}", url.host_str().unwrap_or_default());
    let proxy = reqwest::Proxy::all(url).map_err(|_| refused())?;
    Ok(Some(Via { proxy, host }))
}

/// Whether a list, as of `NO_PROXY`, has an address.
fn is_exempt(base: &Url, list: String) -> bool {
    let any = Matcher::builder().all("http://any").no(list).build();
    let target = base.as_str().parse();
    target.is_ok_and(|target| any.intercept(&target).is_none())
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
        for name in [HTTP, HTTPS, ALL].into_iter().flatten() {
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

    fn via(url: &str, variables: &[(&str, &str)]) -> Result<Option<String>, BuildError> {
        let set = |asked: &str| {
            let found = variables.iter().find(|(name, _)| *name == asked);
            found.map(|(_, value)| (*value).to_owned())
        };
        let via = of(&Url::parse(url).unwrap(), set)?;
        Ok(via.map(|via| via.host))
    }

    #[test]
    fn the_proxy_is_the_one_of_the_scheme_unless_the_host_is_exempt() {
        let all = ("ALL_PROXY", "https://all");
        let http = ("http_proxy", "ann:pw@one:3128/");
        let https = ("HTTPS_PROXY", "http://two");
        let bad = ("HTTP_PROXY", "ftp://x");
        let host = "http://prom.example:9090";
        for (url, variables, expected) in [
            (host, &[http, https, all][..], Some("one:3128")),
            ("https://prom.example", &[http, https, all], Some("two:80")),
            (host, &[https, all], Some("all:443")),
            (host, &[https], None),
            (host, &[("HTTP_PROXY", ""), http], None),
            (host, &[("HTTP_PROXY", " "), all], Some("all:443")),
            (host, &[("REQUEST_METHOD", "GET"), http], None),
            (host, &[http, ("no_proxy", "example")], None),
            (host, &[http, ("NO_PROXY", ".other, prom.example")], None),
            (host, &[http, ("NO_PROXY", "om.example")], Some("one:3128")),
            ("http://10.1.2.3", &[http, ("NO_PROXY", "10.0.0.0/8")], None),
            ("http://[::1]:9090", &[http, ("NO_PROXY", "::1")], None),
            // What does not count may be anything.
            (host, &[bad, ("NO_PROXY", "*")], None),
            ("https://prom.example", &[bad, https], Some("two:80")),
        ] {
            let found = via(url, variables).unwrap();
            assert_eq!(found.as_deref(), expected, "{url} {variables:?}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_its_credentials() {
        for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
            for value in [
                "::::",
                "http://",
                "ftp://ann:S3cret@x",
                "socks5://ann:S3cret@x:1080",
                "http://ann:S3cret@",
                "ann:S3cret@proxy:99999",
                "http://\u{fffd}\u{fffd} x",
            ] {
                let error = via("http://prom.example", &[(name, value)]).unwrap_err();
                let text = format!("{error} {error:?}");
                assert!(text.contains(name) && !text.contains("S3cret"), "{text}");
            }
        }
    }
}

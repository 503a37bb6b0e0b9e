//! Who may ask: a token that the printed address has, for a host that is this machine, and only so many at a time.

use super::routes::App;
use crate::{Error, Result};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Requests at a time; more are turned away.
const REQUESTS: usize = 16;
/// A request is answered by then, or turned away.
const LONGEST: Duration = Duration::from_mins(2);

/// What the pages of the server itself may do: their own style, their own forms, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The token, and how many may ask.
pub(super) struct Gate {
    token: String,
    port: u16,
    places: Semaphore,
}

impl Gate {
    /// A gate with a token of the system's own chance.
    ///
    /// # Errors
    /// [`Error::Internal`] where the system has none.
    pub(super) fn new(port: u16) -> Result<Self> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)
            .map_err(|e| Error::Internal(format!("no random token for the address: {e}")))?;
        Ok(Self {
            token: crate::hash::hex(&bytes),
            port,
            places: Semaphore::new(REQUESTS),
        })
    }

    /// What to open in a browser.
    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    /// Two servers of one machine share its cookies, so each has a name of its own.
    fn cookie(&self) -> String {
        format!("microfluence-{}", self.port)
    }

    /// Hashes are compared, so that the time it takes says nothing of the token.
    fn is_token(&self, given: &str) -> bool {
        Sha256::digest(given.as_bytes()) == Sha256::digest(self.token.as_bytes())
    }

    /// A name that leads to another machine first and here afterwards must not open the pages to whoever owns it.
    fn is_own_host(&self, host: &str) -> bool {
        let port = format!(":{}", self.port);
        host.strip_suffix(&port)
            .is_some_and(|name| ["127.0.0.1", "localhost"].contains(&name))
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let name = self.cookie();
        let cookies = headers.get_all(header::COOKIE).iter();
        let mut all = cookies
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='));
        all.any(|(key, value)| key == name && self.is_token(value))
    }

    /// Why a request is not answered at all.
    fn refusal(&self, request: &Request) -> Option<Response> {
        let headers = request.headers();
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let named = request
            .uri()
            .authority()
            .map(axum::http::uri::Authority::as_str);
        let hosts = [text(header::HOST), named];
        if !hosts.iter().flatten().all(|host| self.is_own_host(host)) || hosts[0].is_none() {
            return Some(plain(
                StatusCode::MISDIRECTED_REQUEST,
                "This server answers to 127.0.0.1 and localhost only.",
            ));
        }
        if ![Method::GET, Method::HEAD, Method::POST].contains(request.method()) {
            return Some(plain(StatusCode::METHOD_NOT_ALLOWED, "GET and POST only."));
        }
        // A page of another site must not write here by the reader's cookie.
        let origin = text(header::ORIGIN);
        let own = |origin: &str| {
            origin
                .strip_prefix("http://")
                .is_some_and(|host| self.is_own_host(host))
        };
        if request.method() == Method::POST && !origin.is_none_or(own) {
            return Some(plain(
                StatusCode::FORBIDDEN,
                "Only the pages of this server may write here.",
            ));
        }
        None
    }
}

/// The value of `token` in the query.
fn token(request: &Request) -> Option<&str> {
    let query = request.uri().query()?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("token="))
}

/// What stands before every page.
pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let gate = &app.gate;
    if let Some(refusal) = gate.refusal(&request) {
        return sealed(refusal);
    }
    let by_address = token(&request).is_some_and(|token| gate.is_token(token));
    if !by_address && !gate.has_cookie(request.headers()) {
        return sealed(plain(
            StatusCode::UNAUTHORIZED,
            "Open the address that `microfluence serve` has printed: it ends with a token, which is missing or wrong here.",
        ));
    }
    let Ok(_place) = gate.places.try_acquire() else {
        let mut busy = plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many questions at a time; ask again in a moment.",
        );
        busy.headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        return sealed(busy);
    };
    let path = request.uri().path().to_owned();
    let mut answer = if by_address && !path.starts_with("/api/") && request.method() != Method::POST
    {
        // The page goes on by itself to its address without the token, which then stands in no bookmark. A redirection
        // would come without the cookie where the address was a link on another site's page. What begins with two
        // slashes is another site.
        let own = if path.starts_with("//") { "/" } else { &path };
        super::page::go_on(own).into_response()
    } else {
        match tokio::time::timeout(LONGEST, next.run(request)).await {
            Ok(answer) => answer,
            Err(_) => plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "The answer took too long; what was read is kept, so ask again.",
            ),
        }
    };
    if by_address {
        let cookie = format!(
            "{}={}; HttpOnly; SameSite=Strict; Path=/",
            gate.cookie(),
            gate.token
        );
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            answer.headers_mut().insert(header::SET_COOKIE, cookie);
        }
    }
    sealed(answer)
}

/// A line of plain text.
pub(super) fn plain(status: StatusCode, text: &str) -> Response {
    (
        status,
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
        format!("{text}\n"),
    )
        .into_response()
}

/// An answer with the headers that each one has. A page that names its own policy keeps it.
fn sealed(mut answer: Response<Body>) -> Response<Body> {
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    answer
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use axum::http::{HeaderMap, header};

    #[test]
    fn only_the_own_host_token_and_cookie_will_do() {
        let gate = Gate::new(8123).unwrap();
        for own in ["127.0.0.1:8123", "localhost:8123"] {
            assert!(gate.is_own_host(own));
        }
        for other in [
            "evil.example:8123",
            "127.0.0.1",
            "127.0.0.1:812",
            "127.0.0.1.evil.example:8123",
            "[::1]:8123",
            "",
        ] {
            assert!(!gate.is_own_host(other), "{other}");
        }
        assert_eq!(gate.token.len(), 64);
        assert!(
            gate.is_token(&gate.token.clone())
                && !gate.is_token("")
                && !gate.is_token(&gate.token[1..])
        );
        assert_ne!(Gate::new(8123).unwrap().token, gate.token);
        let with = |cookies: String| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, cookies.parse().unwrap());
            gate.has_cookie(&headers)
        };
        assert!(with(format!("a=b; microfluence-8123={}", gate.token)));
        assert!(!with(format!("microfluence-8124={}", gate.token)));
        assert!(!with("microfluence-8123=x".to_owned()));
    }
}

//! Connections: how many, how long a request may take to arrive, and the end.

use crate::{Error, Result};
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at a time; more wait.
const CONNECTIONS: usize = 64;
/// The head of a request must have arrived by then; also how long an idle connection is kept.
const HEAD: Duration = Duration::from_secs(10);
/// Bytes of a request's head, with its address.
const HEAD_BYTES: usize = 16 * 1024;

/// Serves until `stop` ends, then waits for answers on their way, up to `patience`.
///
/// # Errors
/// [`Error::Io`] where the system gives no more connections.
pub(super) async fn until(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    patience: Duration,
) -> Result<()> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES);
    tokio::pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let stream = tokio::select! {
            () = &mut stop => break,
            stream = listener.accept() => stream,
        };
        let (stream, from) = match stream {
            Ok(accepted) => accepted,
            // One that has gone away before it was taken is no trouble of the server's.
            Err(e) if e.kind() == std::io::ErrorKind::ConnectionAborted => continue,
            Err(e) => return Err(Error::io("the connections of the server", e)),
        };
        if !from.ip().is_loopback() {
            continue;
        }
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // What a browser breaks off is its own affair.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(patience, graceful.shutdown()).await;
    Ok(())
}

//! `microfluence serve`: the pages of a folder of runs on this machine, with questions answered by the engine.
//!
//! Only programs of this machine can reach it, and only with the token of the printed address.

mod desk;
mod gate;
mod labels;
mod listen;
mod page;
mod routes;
mod runs;

use super::args::Common;
use super::term::to_stderr;
use crate::{Error, Result};
use clap::Args;
use desk::Desk;
use gate::Gate;
use routes::App;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long answers on their way are waited for when the server is told to stop.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Args, serde::Serialize)]
#[command(
    after_help = "Examples:\n  microfluence serve --from microfluence-demo\n  microfluence serve --from runs --port 8080"
)]
pub(crate) struct ServeArgs {
    /// The folder of one run, or a folder of such folders.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) from: PathBuf,
    /// The port; by default a free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
    /// The address to listen at: this machine's own, 127.0.0.1 or localhost. Others are refused.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: String,
}

pub(crate) fn run(args: &ServeArgs, common: &Common) -> Result<()> {
    if !["127.0.0.1", "localhost"].contains(&args.host.as_str()) {
        return Err(Error::usage(format!(
            "--host {}: the pages are served on this machine only, at 127.0.0.1",
            args.host
        ))
        .with_hint(
            "to see them from another machine, forward the port (ssh -L), or mail report.html",
        ));
    }
    let found = runs::list(&args.from)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::Internal(format!("the server's threads: {e}")))?;
    let done = runtime.block_on(serve(args, common, found.len()));
    // A question that nobody waits for any more must not keep the program.
    runtime.shutdown_background();
    crate::dataset::remove_unfinished();
    done
}

async fn serve(args: &ServeArgs, common: &Common, runs: usize) -> Result<()> {
    let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let at = |e: std::io::Error| {
        Error::usage(format!("127.0.0.1:{}: {e}", args.port))
            .with_hint("another program may have this port; without --port a free one is taken")
    };
    let listener = tokio::net::TcpListener::bind(wanted).await.map_err(at)?;
    let port = listener.local_addr().map_err(at)?.port();
    let gate = Gate::new(port)?;
    if !common.quiet {
        to_stderr(&format!(
            "{} in {}; stop with Ctrl-C. Who has this address can ask and label:",
            if runs == 1 {
                "1 run".to_owned()
            } else {
                format!("{runs} runs")
            },
            args.from.display()
        ));
    }
    super::term::to_stdout(&gate.address()).map_err(|e| Error::io("standard output", e))?;
    let app = Arc::new(App::new(args.from.clone(), Desk::new(common.clone()), gate));
    let warming = tokio::spawn(routes::warm(Arc::clone(&app), common.quiet));
    let ended = listen::until(listener, routes::router(&app), stopped(), PATIENCE).await;
    warming.abort();
    app.stop();
    ended
}

/// Ends when the program is told to stop.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut hangup)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) else {
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = term.recv() => {}
            _ = hangup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}

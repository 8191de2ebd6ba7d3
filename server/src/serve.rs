//! `overmind serve`: finds the site, listens, and stops in good order.

use crate::router::router;
use crate::site::{OUTPUT_NAME, PKG_DIR, SiteError, Surroundings};
use app::ssr::AppState;
use app::state::ModelStatus;
use leptos::config::{Env, LeptosOptions};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug)]
pub struct ServeOptions {
    /// Port 0 takes any free one.
    pub addr: SocketAddr,
    /// LEPTOS_SITE_ROOT.
    pub site_root: Option<PathBuf>,
    pub models: ModelStatus,
    /// LEPTOS_WATCH: `cargo leptos watch` started us and reloads the page.
    pub watch: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error(
        "{addr} is in use: stop the other program or set OVERMIND_ADDR, for example \
         OVERMIND_ADDR={} overmind serve",
        neighbour(.addr)
    )]
    InUse { addr: SocketAddr },
    #[error("cannot listen on {addr}: {source}. Set OVERMIND_ADDR to an address of this machine")]
    Listen { addr: SocketAddr, source: io::Error },
    #[error("the server stopped: {0}")]
    Stopped(#[source] io::Error),
}

/// Serves until the process is told to stop, then finishes the requests under way.
/// `announce` gets the address once the server answers there.
pub async fn run(
    options: ServeOptions,
    announce: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let site = Surroundings::here(options.site_root).find_site()?;
    let addr = options.addr;
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::InUse { addr },
            _ => ServeError::Listen { addr, source },
        })?;
    let addr = listener
        .local_addr()
        .map_err(|source| ServeError::Listen { addr, source })?;
    let stop = stop_signal().map_err(ServeError::Stopped)?;

    let leptos_options = LeptosOptions::builder()
        .output_name(OUTPUT_NAME)
        .site_root(site.to_string_lossy())
        .site_pkg_dir(PKG_DIR)
        .site_addr(addr)
        .env(if options.watch { Env::DEV } else { Env::PROD })
        .build();
    let router = router(AppState {
        leptos_options,
        models: options.models,
    });

    tracing::info!(%addr, site = %site.display(), "serving");
    announce(addr);
    axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await
        .map_err(ServeError::Stopped)
}

/// Resolves on SIGTERM or ctrl-c.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new requests, finishing those under way");
    })
}

/// The next port, for the example in the message.
fn neighbour(addr: &SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip(), addr.port().checked_add(1).unwrap_or(3000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_address_is_one_line_that_says_what_to_do() {
        let addr = SocketAddr::from(([127, 0, 0, 1], 3000));
        assert_eq!(
            ServeError::InUse { addr }.to_string(),
            "127.0.0.1:3000 is in use: stop the other program or set OVERMIND_ADDR, for example \
             OVERMIND_ADDR=127.0.0.1:3001 overmind serve"
        );
    }
}

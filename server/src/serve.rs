//! `overmind serve`: finds the site, listens, and stops in good order.

use crate::config::{ServeArgs, Settings};
use crate::master_key::{MasterKeyFault, master_key};
use crate::origin::{AllowedOrigins, NoOrigin, PublicOrigin};
use crate::process::{GRACE, StartError, connect, open_store, redis, stop_signal};
use crate::providers::Providers;
use crate::router::{Surface, router};
use crate::signing::{SigningError, token_settings};
use crate::site::{OUTPUT_NAME, PKG_DIR, SiteError, Surroundings};
use app::ssr::{AppState, SessionCookie};
use app::state::ModelStatus;
use axum::serve::ListenerExt;
use leptos::config::{Env, LeptosOptions};
use services::{Options, Services, SystemClock};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Connections that are still open then are dropped.
const CLOSING: Duration = Duration::from_secs(15);

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Services(#[from] services::Error),
    #[error(transparent)]
    Cors(#[from] NoOrigin),
    #[error(transparent)]
    Signing(#[from] SigningError),
    #[error(transparent)]
    MasterKey(#[from] MasterKeyFault),
    #[error("OVERMIND_PUBLIC_URL is `{0}`: write it like https://overmind.example.org")]
    PublicUrl(String),
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

/// Serves until the process is told to stop, then finishes what is under way or parks it.
/// `announce` gets the address once the server answers there.
pub async fn run(
    settings: &Settings,
    args: ServeArgs,
    announce: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let site = Surroundings::here(args.site_root).find_site()?;
    let public_url = public_url(args.public_url)?;
    let allowed_origins = AllowedOrigins::read(&args.cors_origins)?;
    let addr = args.addr;
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::InUse { addr },
            _ => ServeError::Listen { addr, source },
        })?;
    let addr = listener
        .local_addr()
        .map_err(|source| ServeError::Listen { addr, source })?;
    let store = open_store(settings, true).await?;
    let tokens = token_settings(settings, store.is_sqlite())?;
    let master_key = master_key(settings, &store).await?;
    if store.is_sqlite() {
        // The file is ours alone, so whoever held these is dead.
        store.void_leases().await.map_err(StartError::from)?;
    }
    let models = connect(settings)?;
    let stop = stop_signal().map_err(ServeError::Stopped)?;

    let leptos_options = LeptosOptions::builder()
        .output_name(OUTPUT_NAME)
        .site_root(site.to_string_lossy())
        .site_pkg_dir(PKG_DIR)
        .site_addr(addr)
        .env(if args.watch.is_some() {
            Env::DEV
        } else {
            Env::PROD
        })
        .build();
    let providers: Arc<dyn services::Providers> = Arc::new(Providers::new(settings, models));
    let status = ModelStatus::of(providers.models(&[]).as_ref());
    let services = Services::start(
        store,
        Options {
            clock: Arc::new(SystemClock),
            providers,
            master_key,
            public_url: public_url
                .clone()
                .unwrap_or_else(|| format!("http://{addr}")),
            tokens,
            requests_per_minute: args.rate_limit as usize,
            slots: args.runs as usize,
            redis: redis(settings).map_err(StartError::from)?,
        },
    )?;
    let services = Arc::new(services);
    let secure = public_url
        .as_deref()
        .is_some_and(|url| url.starts_with("https://"));
    if travels_in_the_open(public_url.as_deref(), addr) {
        tracing::warn!(
            "log-ins travel unencrypted: put a proxy with TLS in front and set OVERMIND_PUBLIC_URL"
        );
    }
    let closing = CancellationToken::new();
    let router = router(Surface {
        app: AppState {
            leptos_options,
            models: status,
            services: services.clone(),
            session_cookie: if secure {
                SessionCookie::Secure
            } else {
                SessionCookie::Plain
            },
            proxies: args.proxies.into(),
        },
        public_origin: PublicOrigin::of(public_url.as_deref()),
        public_url,
        allowed_origins,
        closing: closing.clone(),
    });

    tracing::info!(%addr, site = %site.display(), "serving");
    announce(addr);
    let signal = closing.clone();
    // What is written goes out at once: a piece of text does not wait for the next one.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let serving = axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(signal.cancelled_owned());
    let stopping = async {
        stop.await;
        closing.cancel();
        services.stop(GRACE).await;
    };
    // A client that keeps its connection open does not keep the process.
    let patience = async {
        closing.cancelled().await;
        tokio::time::sleep(CLOSING).await;
    };
    let serving = async {
        tokio::select! {
            served = serving.into_future() => served,
            () = patience => Ok(()),
        }
    };
    let ((), served) = tokio::join!(stopping, serving);
    served.map_err(ServeError::Stopped)
}

/// Whether passwords cross a network without encryption: by the address that people use, or where
/// nobody said it, by the one that is listened on.
fn travels_in_the_open(public_url: Option<&str>, addr: SocketAddr) -> bool {
    match public_url.map(|url| url.strip_prefix("http://")) {
        Some(Some(rest)) => !is_loopback(rest.split('/').next().unwrap_or(rest)),
        Some(None) => false,
        None => !addr.ip().is_loopback(),
    }
}

/// Of an address's host, with or without a port.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let ip = name.parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

/// Without its last slash.
fn public_url(given: Option<String>) -> Result<Option<String>, ServeError> {
    let Some(url) = given
        .map(|url| url.trim().to_owned())
        .filter(|url| !url.is_empty())
    else {
        return Ok(None);
    };
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.starts_with('/') => {
            Ok(Some(url.trim_end_matches('/').to_owned()))
        }
        _ => Err(ServeError::PublicUrl(url)),
    }
}

/// The next port, for the example in the message.
fn neighbour(addr: &SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip(), addr.port().checked_add(1).unwrap_or(3000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_warned_of_where_it_leaves_the_machine() {
        let (near, far) = ([127, 0, 0, 1], [0, 0, 0, 0]);
        for (public_url, addr, warns) in [
            (None, near, false),
            (None, far, true),
            (Some("https://overmind.example.org"), far, false),
            (Some("http://overmind.example.org"), near, true),
            (Some("http://192.0.2.7:3000/chat"), near, true),
            (Some("http://localhost.example.org"), near, true),
            (Some("http://localhost:3000"), far, false),
            (Some("http://[::1]:3000"), near, false),
        ] {
            let addr = SocketAddr::from((addr, 3000));
            assert_eq!(
                travels_in_the_open(public_url, addr),
                warns,
                "{public_url:?} {addr}"
            );
        }
    }

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

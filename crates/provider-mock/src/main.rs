//! The mock as a program, for the bench and for trying things by hand.

use anyhow::Context;
use clap::Parser;
use provider_mock::{Mock, Script};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Answers like OpenAI (/v1), Anthropic (/v1) and Gemini (/v1beta), as a script says.
#[derive(Parser)]
struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    addr: SocketAddr,
    /// A JSON file with rules; without it every answer is generated.
    #[arg(long)]
    script: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let script = match args.script {
        Some(path) => {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            serde_json::from_str(&text)
                .with_context(|| format!("{} is not a script", path.display()))?
        }
        None => Script::new(),
    };
    let mock = Mock::bind(args.addr, script)
        .await
        .with_context(|| format!("cannot listen on {}", args.addr))?;
    writeln!(std::io::stdout(), "{}", mock.base_url())?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}

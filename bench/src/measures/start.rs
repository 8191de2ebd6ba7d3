//! Before anybody asks: the size of the first page, the time to the first answer, memory at rest.

use super::provider;
use crate::figure::Figure;
use crate::http::Connection;
use crate::sample::Sample;
use crate::system::{Database, Lab, System};
use anyhow::{Context, Result};
use provider_mock::Latency;
use std::time::Instant;

const STARTS: usize = 5;

pub async fn measure(lab: &Lab) -> Result<Vec<Figure>> {
    let mut starts = Sample::default();
    let mut memory = Sample::default();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let system = System::start(lab, Database::Sqlite, provider(Latency::None {}), &[]).await?;
        let mut visitor = Connection::open(system.host(), "").await?;
        let (status, _) = visitor.get("/health").await?;
        anyhow::ensure!(status.is_success(), "/health: {status}");
        starts.add_time(begun.elapsed());
        visitor.get("/").await?;
        memory.add(system.process().memory_at_rest().await?);
    }
    let mut figures = vec![
        Figure::new("start_to_first_200", starts.median() / 1000.0, "s").at_most(0.3),
        Figure::new("memory_at_rest", memory.median(), "MB").at_most(40.0),
        Figure::new("first_load_brotli", first_load(lab)?, "kB").at_most(300.0),
    ];
    let program = std::fs::metadata(&lab.binary)?.len() as f64;
    figures.push(Figure::new("program_file", program / 1e6, "MB"));
    Ok(figures)
}

/// Program, style and loader of the page, as they travel, in kB.
fn first_load(lab: &Lab) -> Result<f64> {
    let mut bytes = 0;
    for file in [
        "overmind.wasm.br",
        "overmind.js.br",
        "__wasm_split.js.br",
        "overmind.css.br",
    ] {
        let path = lab.site.join("pkg").join(file);
        let size = std::fs::metadata(&path);
        bytes += size
            .with_context(|| format!("{} is missing", path.display()))?
            .len();
    }
    Ok(bytes as f64 / 1000.0)
}

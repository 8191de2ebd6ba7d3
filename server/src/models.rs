//! Puts the models of the process together: the providers that the environment connects and the
//! built-in model. What organizations connect comes beside them in providers.rs.

use crate::config::Settings;
use domain::ModelName;
use domain::model::InvalidModelName;
use engine::ModelChoice;
use engine::llm::Llm;
use llm::catalog::{LOCAL, Provider};
use llm::connections::{ConnectionError, Connections};
use llm::router::Router;
use std::path::PathBuf;
use std::sync::Arc;

/// What can be asked, and what is asked when nobody says.
pub struct Models {
    pub router: Router,
    pub choice: ModelChoice,
    /// The built-in model does the work: say so plainly.
    pub demonstration: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    #[error("OVERMIND_DEFAULT_MODEL: {0}")]
    DefaultModel(#[from] InvalidModelName),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[cfg(feature = "local")]
    #[error(transparent)]
    Local(#[from] llm::local::LocalError),
    #[error(
        "no model is available. Either connect a provider, for example OPENAI_API_KEY=... overmind \
         ask, or fetch the built-in model with scripts/fetch-model.sh (`make setup` does so too; \
         OVERMIND_LOCAL_MODEL may name another GGUF file)"
    )]
    NoModel,
    #[error(
        "{0} is set, but which of its models to use is not: add --model {1}/NAME or set \
         OVERMIND_DEFAULT_MODEL={1}/NAME"
    )]
    Unnamed(&'static str, &'static str),
}

impl ModelsError {
    pub fn code(&self) -> &'static str {
        match self {
            Self::DefaultModel(_) | Self::Connection(_) | Self::Unnamed(..) => "invalid",
            #[cfg(feature = "local")]
            Self::Local(_) => "local_model_failed",
            Self::NoModel => "no_model",
        }
    }
}

/// Where a local model is and whether it is the shipped one.
enum LocalFile {
    Chosen(PathBuf),
    BuiltIn(PathBuf),
}

impl Models {
    /// `request`: the model that this request names. The built-in model is loaded only when it
    /// is named, or when nothing else is connected.
    pub fn connect(settings: &Settings, request: Option<ModelName>) -> Result<Self, ModelsError> {
        let connections = settings.connections();
        let process = settings.default_model()?;
        let mut configured = connections.recommended();
        let mut router = connections.router()?;
        let named = request.as_ref().or(process.as_ref());
        let names_local = named.is_some_and(|model| model.provider() == LOCAL);
        let nothing_else = named.is_none() && configured.is_empty();
        if nothing_else && let Some(provider) = only_unnamed(&connections) {
            return Err(ModelsError::Unnamed(provider.variable(), provider.name()));
        }
        if names_local || nothing_else {
            let file = local_file(settings).ok_or(ModelsError::NoModel)?;
            let (name, local) = open_local(file)?;
            router = router.with_provider(LOCAL, local);
            if nothing_else {
                configured.push(name);
            }
        }
        let choice = ModelChoice {
            request,
            process,
            configured,
            ..ModelChoice::default()
        };
        Ok(Self {
            router,
            choice,
            demonstration: names_local || nothing_else,
        })
    }

    pub fn llm(&self) -> Arc<dyn Llm> {
        Arc::new(self.router.clone())
    }
}

/// The provider that is connected but has no model of its own to recommend.
fn only_unnamed(connections: &Connections) -> Option<Provider> {
    let unnamed = |provider: &Provider| {
        connections.get(*provider).is_some() && provider.recommended().is_none()
    };
    Provider::ALL.into_iter().find(unnamed)
}

#[cfg(feature = "local")]
fn local_file(settings: &Settings) -> Option<LocalFile> {
    if let Some(chosen) = settings.chosen_local_model() {
        return Some(LocalFile::Chosen(chosen));
    }
    let places = settings.built_in_model_places(llm::local::FILE_NAME);
    places
        .into_iter()
        .find(|path| path.is_file())
        .map(LocalFile::BuiltIn)
}

#[cfg(feature = "local")]
fn open_local(file: LocalFile) -> Result<(ModelName, Arc<dyn Llm>), ModelsError> {
    let local = match file {
        LocalFile::Chosen(path) => llm::local::Local::open(&path, None)?,
        LocalFile::BuiltIn(path) => {
            llm::local::Local::open(&path, Some(llm::local::BUILT_IN_SHA256))?
        }
    };
    Ok((local.name().clone(), Arc::new(local)))
}

#[cfg(not(feature = "local"))]
fn local_file(_settings: &Settings) -> Option<LocalFile> {
    None
}

#[cfg(not(feature = "local"))]
fn open_local(_file: LocalFile) -> Result<(ModelName, Arc<dyn Llm>), ModelsError> {
    Err(ModelsError::NoModel)
}

/// What `overmind models` prints.
pub fn listing(settings: &Settings) -> String {
    let connections = settings.connections();
    let mut lines = Vec::new();
    for provider in Provider::ALL {
        let name = provider.name();
        if connections.get(provider).is_some() {
            let models: Vec<String> = provider
                .well_known()
                .iter()
                .map(|model| format!("{name}/{model}"))
                .collect();
            let models = match models.is_empty() {
                true => format!("name its models yourself: {name}/NAME"),
                false => models.join(", "),
            };
            lines.push(format!("{name:<12} connected      {models}"));
        } else {
            lines.push(format!(
                "{name:<12} not connected  set {}",
                provider.variable()
            ));
        }
    }
    let local = match local_file(settings) {
        Some(LocalFile::Chosen(path)) => {
            format!("set            {} (OVERMIND_LOCAL_MODEL)", path.display())
        }
        Some(LocalFile::BuiltIn(_)) => {
            "ready          local/smollm2-135m-instruct (small demonstration model)".to_owned()
        }
        None => "not there      run scripts/fetch-model.sh or set OVERMIND_LOCAL_MODEL".to_owned(),
    };
    lines.push(format!("{LOCAL:<12} {local}"));
    let default = match (settings.default_model(), connections.recommended().first()) {
        (Ok(Some(model)), _) => format!("{model} (OVERMIND_DEFAULT_MODEL)"),
        (Err(error), _) => format!("OVERMIND_DEFAULT_MODEL: {error}"),
        (Ok(None), Some(first)) => format!("spread over the connected providers, first {first}"),
        (Ok(None), None) if only_unnamed(&connections).is_some() => {
            "none: set OVERMIND_DEFAULT_MODEL".to_owned()
        }
        (Ok(None), None) if local_file(settings).is_some() => "the local model".to_owned(),
        (Ok(None), None) => "none".to_owned(),
    };
    lines.push(format!("\nWithout --model: {default}"));
    lines.join("\n")
}

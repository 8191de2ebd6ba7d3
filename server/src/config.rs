//! The process's settings: one struct, parsed once from the command line and the environment.
//! Product settings live in the database, not here.

use crate::ask::AskArgs;
use crate::master_key::Given;
use clap::{Args, Parser, Subcommand};
use domain::ModelName;
use llm::catalog::Provider;
use llm::connections::{Connection, Connections, Secret};
use services::TokenAlgorithm;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Answers a question better than one model can.
#[derive(Debug, Parser)]
#[command(name = "overmind", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub settings: Settings,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask a question and read the best answer here
    Ask(AskArgs),
    /// List the providers that are connected and what the others need
    Models,
    /// Start the server for the browser and for other programs
    Serve(ServeArgs),
    /// Execute runs that servers on the same PostgreSQL database accept
    Worker(WorkerArgs),
    /// Print the document that describes the REST interface
    Openapi,
    /// Encrypt the stored keys with OVERMIND_NEW_MASTER_KEY instead; stop all servers first
    RotateMasterKey,
    /// Manage accounts
    #[command(subcommand)]
    User(UserCommand),
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add an account; the password is asked for, or read from standard input
    Add(AddUserArgs),
}

#[derive(Debug, Args)]
pub struct AddUserArgs {
    #[arg(long)]
    pub email: String,
    #[arg(long)]
    pub name: String,
    /// The first account must be an admin
    #[arg(long, default_value = "user", value_parser = ["admin", "user", "viewer"])]
    pub role: String,
    /// Make a new organization of that name, with this person as its admin
    #[arg(long, value_name = "NAME", conflicts_with = "role")]
    pub new_organization: Option<String>,
}

#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The address to listen on; port 0 takes any free one
    #[arg(long, env = "OVERMIND_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,
    /// The folder of the built site; found by itself beside the program
    #[arg(long, env = "LEPTOS_SITE_ROOT")]
    pub site_root: Option<PathBuf>,
    /// The address that people use, for example https://overmind.example.org
    #[arg(long, env = "OVERMIND_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Proxies in front of the server, whose X-Forwarded-For tells clients apart
    #[arg(long, env = "OVERMIND_PROXIES", default_value_t = 0)]
    pub proxies: u8,
    /// Other sites whose pages may use the REST interface, with commas between
    #[arg(long, env = "CORS_ORIGINS", value_delimiter = ',')]
    pub cors_origins: Vec<String>,
    /// Requests that one person may send in a minute over REST, MCP and sockets
    #[arg(long, env = "OVERMIND_RATE_LIMIT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate_limit: u32,
    /// Runs executed at the same time; 0 leaves them to `overmind worker`
    #[arg(long, env = "OVERMIND_RUNS", default_value_t = 64, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub runs: u32,
    /// Set by `cargo leptos watch`, which reloads the page
    #[arg(long, env = "LEPTOS_WATCH", hide = true)]
    pub watch: Option<String>,
}

#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// Runs executed at the same time
    #[arg(long, env = "OVERMIND_RUNS", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub runs: u32,
}

/// What every command reads from the environment. The flags are there because clap ties
/// variables to flags; people set the variables.
#[derive(Args)]
pub struct Settings {
    #[arg(
        long,
        env = "OPENAI_API_KEY",
        hide = true,
        hide_env_values = true,
        global = true
    )]
    openai_api_key: Option<String>,
    #[arg(long, env = "OPENAI_BASE_URL", hide = true, global = true)]
    openai_base_url: Option<String>,
    #[arg(
        long,
        env = "ANTHROPIC_API_KEY",
        hide = true,
        hide_env_values = true,
        global = true
    )]
    anthropic_api_key: Option<String>,
    #[arg(long, env = "ANTHROPIC_BASE_URL", hide = true, global = true)]
    anthropic_base_url: Option<String>,
    #[arg(
        long,
        env = "GEMINI_API_KEY",
        hide = true,
        hide_env_values = true,
        global = true
    )]
    gemini_api_key: Option<String>,
    #[arg(long, env = "GEMINI_BASE_URL", hide = true, global = true)]
    gemini_base_url: Option<String>,
    #[arg(long, env = "OLLAMA_HOST", hide = true, global = true)]
    ollama_host: Option<String>,
    #[arg(
        long,
        env = "OVERMIND_OPENAI_COMPATIBLE_URL",
        hide = true,
        global = true
    )]
    compatible_url: Option<String>,
    #[arg(
        long,
        env = "OVERMIND_OPENAI_COMPATIBLE_KEY",
        hide = true,
        hide_env_values = true,
        global = true
    )]
    compatible_key: Option<String>,
    #[arg(long, env = "OVERMIND_DEFAULT_MODEL", hide = true, global = true)]
    default_model: Option<String>,
    /// Path of a GGUF file
    #[arg(long, env = "OVERMIND_LOCAL_MODEL", hide = true, global = true)]
    local_model: Option<PathBuf>,
    #[arg(long, env = "OVERMIND_DATA_DIR", hide = true, global = true)]
    data_dir: Option<PathBuf>,
    /// `sqlite:PATH` or `postgres://...`; without it, overmind.db in the data folder
    #[arg(
        long,
        env = "DATABASE_URL",
        hide = true,
        hide_env_values = true,
        global = true
    )]
    database_url: Option<String>,
    /// `redis://...`, where several processes share a PostgreSQL database
    #[arg(
        long,
        env = "REDIS_URL",
        hide = true,
        hide_env_values = true,
        global = true
    )]
    redis_url: Option<String>,
    /// At least 32 characters; generated into the data folder when the database is SQLite
    #[arg(
        long,
        env = "JWT_SECRET",
        hide = true,
        hide_env_values = true,
        global = true
    )]
    jwt_secret: Option<String>,
    /// 32 bytes in base64 or hexadecimal; generated into the data folder when the database is SQLite
    #[arg(
        long,
        env = "OVERMIND_MASTER_KEY",
        hide = true,
        hide_env_values = true,
        global = true
    )]
    master_key: Option<String>,
    #[arg(long, env = "OVERMIND_MASTER_KEY_FILE", hide = true, global = true)]
    master_key_file: Option<PathBuf>,
    /// Of `overmind rotate-master-key`
    #[arg(
        long,
        env = "OVERMIND_NEW_MASTER_KEY",
        hide = true,
        hide_env_values = true,
        global = true
    )]
    new_master_key: Option<String>,
    #[arg(long, env = "OVERMIND_NEW_MASTER_KEY_FILE", hide = true, global = true)]
    new_master_key_file: Option<PathBuf>,
    /// Admins may connect providers at private addresses, such as an Ollama in the same network
    #[arg(
        long,
        env = "OVERMIND_PRIVATE_PROVIDERS",
        hide = true,
        global = true,
        default_value = "false",
        action = clap::ArgAction::Set,
        value_parser = clap::builder::BoolishValueParser::new()
    )]
    pub private_providers: bool,
    #[arg(
        long,
        env = "JWT_ALGORITHM",
        hide = true,
        global = true,
        default_value = "HS256"
    )]
    pub jwt_algorithm: TokenAlgorithm,
    /// Seconds that an access token lives
    #[arg(
        long,
        env = "JWT_EXPIRATION",
        hide = true,
        global = true,
        default_value_t = 3600,
        value_parser = clap::value_parser!(u32).range(60..=86_400)
    )]
    pub jwt_expiration: u32,
    /// The most connections to the database
    #[arg(
        long,
        env = "DATABASE_POOL_SIZE",
        hide = true,
        global = true,
        default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub database_pool_size: u32,
    #[arg(long, env = "XDG_DATA_HOME", hide = true, global = true)]
    data_home: Option<PathBuf>,
    /// The folder that the set-up scripts fill
    #[arg(long, env = "OVERMIND_CACHE", hide = true, global = true)]
    cache: Option<PathBuf>,
    #[arg(long, env = "XDG_CACHE_HOME", hide = true, global = true)]
    cache_home: Option<PathBuf>,
    #[arg(long, env = "HOME", hide = true, global = true)]
    home: Option<PathBuf>,
    #[arg(long, env = "LOG_LEVEL", hide = true, global = true)]
    pub log_level: Option<String>,
    #[arg(
        long,
        env = "ENVIRONMENT",
        hide = true,
        global = true,
        default_value = "development"
    )]
    pub environment: String,
}

/// Set, and not to an empty string: `OPENAI_API_KEY= overmind ask` means without that key.
fn given(value: &Option<String>) -> Option<String> {
    value
        .as_deref()
        .map(str::trim)
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
}

fn given_path(value: &Option<PathBuf>) -> Option<PathBuf> {
    value.clone().filter(|path| !path.as_os_str().is_empty())
}

impl Settings {
    /// The providers that the environment connects.
    pub fn connections(&self) -> Connections {
        let with_key = |key: &Option<String>, url: &Option<String>| {
            let key = given(key)?;
            Some(Connection::operator(Some(Secret::new(key)), given(url)))
        };
        Connections {
            openai: with_key(&self.openai_api_key, &self.openai_base_url),
            anthropic: with_key(&self.anthropic_api_key, &self.anthropic_base_url),
            gemini: with_key(&self.gemini_api_key, &self.gemini_base_url),
            ollama: given(&self.ollama_host).map(|host| Connection::operator(None, Some(host))),
            compatible: given(&self.compatible_url).map(|url| {
                Connection::operator(given(&self.compatible_key).map(Secret::new), Some(url))
            }),
            local: None,
        }
    }

    /// OVERMIND_DEFAULT_MODEL.
    pub fn default_model(&self) -> Result<Option<ModelName>, domain::model::InvalidModelName> {
        given(&self.default_model)
            .map(|name| name.parse())
            .transpose()
    }

    /// OVERMIND_LOCAL_MODEL: a file of the operator's choice.
    pub fn chosen_local_model(&self) -> Option<PathBuf> {
        given_path(&self.local_model)
    }

    /// Where the built-in model may be, the likeliest place first.
    pub fn built_in_model_places(&self, file: &str) -> Vec<PathBuf> {
        let program = std::env::current_exe().ok();
        let program_dir = program.as_deref().and_then(|path| path.parent());
        let data = given_path(&self.data_dir);
        let cache = given_path(&self.cache)
            .or_else(|| Some(given_path(&self.cache_home)?.join("overmind")))
            .or_else(|| Some(given_path(&self.home)?.join(".cache").join("overmind")));
        [data, cache, program_dir.map(ToOwned::to_owned)]
            .into_iter()
            .flatten()
            .map(|folder| folder.join("models").join(file))
            .collect()
    }

    /// DATABASE_URL, or the file in the data folder.
    pub fn database_url(&self) -> String {
        given(&self.database_url)
            .unwrap_or_else(|| format!("sqlite:{}", self.data_dir().join("overmind.db").display()))
    }

    /// REDIS_URL.
    pub fn redis_url(&self) -> Option<String> {
        given(&self.redis_url)
    }

    /// JWT_SECRET.
    pub fn jwt_secret(&self) -> Option<String> {
        given(&self.jwt_secret)
    }

    /// OVERMIND_MASTER_KEY or OVERMIND_MASTER_KEY_FILE.
    pub fn master_key(&self) -> Given {
        Given {
            variable: "OVERMIND_MASTER_KEY",
            key: given(&self.master_key),
            file: given_path(&self.master_key_file),
        }
    }

    /// OVERMIND_NEW_MASTER_KEY or OVERMIND_NEW_MASTER_KEY_FILE.
    pub fn new_master_key(&self) -> Given {
        Given {
            variable: "OVERMIND_NEW_MASTER_KEY",
            key: given(&self.new_master_key),
            file: given_path(&self.new_master_key_file),
        }
    }

    /// OVERMIND_DATA_DIR, or where programs keep their data.
    pub fn data_dir(&self) -> PathBuf {
        let home = || given_path(&self.home).unwrap_or_else(|| PathBuf::from("."));
        given_path(&self.data_dir)
            .or_else(|| Some(given_path(&self.data_home)?.join("overmind")))
            .unwrap_or_else(|| home().join(".local").join("share").join("overmind"))
    }

    pub fn is_production(&self) -> bool {
        self.environment.eq_ignore_ascii_case("production")
    }
}

/// Names what is set, never a key.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connections = self.connections();
        let connected: Vec<_> = Provider::ALL
            .into_iter()
            .filter(|provider| connections.get(*provider).is_some())
            .map(Provider::name)
            .collect();
        f.debug_struct("Settings")
            .field("connected", &connected)
            .field("default_model", &self.default_model)
            .field("local_model", &self.local_model)
            .field("data_dir", &self.data_dir)
            .field("log_level", &self.log_level)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn keys_do_not_show_and_empty_is_unset() {
        let line = [
            "overmind",
            "models",
            "--openai-api-key",
            "sk-hush",
            "--gemini-api-key",
            " ",
        ];
        let cli = Cli::try_parse_from(line).unwrap();
        assert!(!format!("{cli:?}").contains("sk-hush"));
        let connections = cli.settings.connections();
        assert!(connections.openai.is_some() && connections.gemini.is_none());
    }
}

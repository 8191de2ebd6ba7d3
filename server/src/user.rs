//! `overmind user add`: accounts made by the operator, at the terminal.

use crate::config::{AddUserArgs, Settings};
use crate::process::{StartError, open_store};
use services::{NoProviders, Options, Services, SystemClock, TokenSettings};
use std::io::{IsTerminal, Write};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error(transparent)]
    Open(#[from] StartError),
    #[error(transparent)]
    Refused(#[from] services::Error),
    #[error("the role is admin, user or viewer")]
    Role,
    #[error("the password cannot be read: {0}")]
    Password(#[source] std::io::Error),
}

pub async fn add(settings: &Settings, args: AddUserArgs) -> Result<(), UserError> {
    let role = args.role.parse().map_err(|_| UserError::Role)?;
    let password = password().map_err(UserError::Password)?;
    // Beside a server that runs: SQLite lets one write after the other.
    let store = open_store(settings, false).await?;
    let services = Services::start(
        store,
        Options {
            clock: Arc::new(SystemClock),
            providers: Arc::new(NoProviders),
            master_key: None,
            public_url: String::new(),
            // Nobody logs in through this process.
            tokens: TokenSettings::ephemeral()?,
            requests_per_minute: 1,
            slots: 0,
            redis: None,
        },
    )?;
    let accounts = &services.accounts;
    let added = match args.new_organization {
        Some(organization) => {
            accounts
                .add_organization(organization, args.name, args.email, password)
                .await
        }
        None => accounts.add(args.name, args.email, password, role).await,
    };
    services.stop(std::time::Duration::ZERO).await;
    let user = added?;
    let _ = writeln!(
        std::io::stdout(),
        "{} can log in as {}",
        user.email,
        user.role
    );
    Ok(())
}

/// Typed unseen at a terminal, else the first line of standard input.
fn password() -> std::io::Result<String> {
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ");
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

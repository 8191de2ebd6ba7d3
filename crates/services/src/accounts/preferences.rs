//! Preferences as a form sends them, and how they are checked.

use super::Accounts;
use crate::access::Member;
use crate::error::{Error, Result};
use domain::user::ThemeChoice;
use domain::{PersonName, Preferences, User, WorkflowId};

/// Every field as text; empty means "not set".
#[derive(Clone, Debug, Default)]
pub struct PreferencesForm {
    pub default_model: String,
    pub default_workflow: String,
    pub quality_threshold: String,
    pub show_debug_info: bool,
    pub theme: String,
}

impl Accounts {
    pub async fn save_preferences(
        &self,
        member: &Member,
        form: PreferencesForm,
    ) -> Result<Preferences> {
        let preferences = form.read()?;
        self.change_profile(member, None, Some(preferences.clone()))
            .await?;
        Ok(preferences)
    }

    /// What is `None` stays as it is.
    pub async fn change_profile(
        &self,
        member: &Member,
        name: Option<String>,
        preferences: Option<Preferences>,
    ) -> Result<User> {
        member.in_person()?;
        let name = name.map(PersonName::try_from).transpose()?;
        if let Some(preferences) = &preferences {
            preferences.check()?;
            if let Some(workflow) = &preferences.default_workflow {
                let user = member.user();
                let found = self.store.workflow(user.organization_id, workflow).await?;
                if !found.is_some_and(|found| found.is_for(user)) {
                    return Err(invalid("default_workflow", "There is no such workflow."));
                }
            }
        }
        let user = member.user().id;
        self.changing()
            .set_profile(user, name.as_ref(), preferences.as_ref(), self.clock.now())
            .await?;
        self.store.user(user).await?.ok_or(Error::Unauthorized)
    }
}

impl PreferencesForm {
    fn read(&self) -> Result<Preferences> {
        let set = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let preferences = Preferences {
            default_model: set(&self.default_model)
                .map(|model| model.parse())
                .transpose()
                .map_err(|error: domain::model::InvalidModelName| {
                    invalid("default_model", &error.to_string())
                })?,
            default_workflow: set(&self.default_workflow).map(WorkflowId::new),
            quality_threshold: set(&self.quality_threshold)
                .map(|number| number.parse())
                .transpose()
                .map_err(|_| invalid("quality_threshold", "Write a number between 0 and 10."))?,
            show_debug_info: self.show_debug_info,
            theme: match self.theme.as_str() {
                "light" => ThemeChoice::Light,
                "dark" => ThemeChoice::Dark,
                "auto" | "" => ThemeChoice::Auto,
                _ => return Err(invalid("theme", "The theme is light, dark or auto.")),
            },
        };
        Ok(preferences)
    }
}

fn invalid(field: &'static str, message: &str) -> Error {
    Error::Invalid {
        field,
        message: message.to_owned(),
    }
}

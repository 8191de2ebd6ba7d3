//! What stands on record, in words.

/// Continues the name of whoever did it; empty for what is not known here.
pub fn of_action(action: &str) -> &'static str {
    match action {
        "account.sign_up" => t!("signed up"),
        "account.log_in" => t!("logged in"),
        "account.log_in_failed" => t!("was not let in: the password was wrong"),
        "account.log_out" => t!("logged out"),
        "account.end_session" => t!("ended another session"),
        "account.change_password" => t!("changed the password"),
        "account.delete" => t!("deleted their account"),
        "members.add" => t!("added a member"),
        "members.change_role" => t!("changed a role"),
        "members.remove" => t!("removed a member"),
        "members.end_session" => t!("ended a session of a member"),
        "members.revoke_key" => t!("revoked an API key of a member"),
        "invitations.create" => t!("created an invitation"),
        "invitations.use" => t!("joined by an invitation"),
        "invitations.revoke" => t!("revoked an invitation"),
        "keys.create" => t!("made an API key"),
        "keys.revoke" => t!("revoked an API key"),
        "organization.change" => t!("changed the organization"),
        "organization.sweep" => t!("deleted conversations by the rule of retention"),
        "organization.read_prompts" => t!("read the log of prompts"),
        "organization.export_audit" => t!("exported the audit log"),
        "connections.create" => t!("connected a provider"),
        "connections.change" => t!("changed a connection to a provider"),
        "connections.delete" => t!("removed a connection to a provider"),
        "agents.create" => t!("added an agent"),
        "agents.change" => t!("changed an agent"),
        "agents.delete" => t!("deleted an agent"),
        "workflows.create" => t!("added a workflow"),
        "workflows.change" => t!("changed a workflow"),
        "workflows.delete" => t!("deleted a workflow"),
        "conversations.list" => t!("listed everybody’s conversations"),
        "conversations.read" => t!("read a conversation of somebody else"),
        _ => "",
    }
}

/// What a group of actions is called.
pub fn of_group(group: &'static str) -> &'static str {
    match group {
        "account" => t!("Log-ins and accounts"),
        "members" => t!("Members"),
        "invitations" => t!("Invitations"),
        "keys" => t!("API keys"),
        "organization" => t!("Organization"),
        "connections" => t!("Providers"),
        "agents" => t!("Agents"),
        "workflows" => t!("Workflows"),
        "conversations" => t!("Conversations of others"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::audit::GROUPS;

    #[test]
    fn every_group_has_a_name() {
        for group in GROUPS {
            assert_ne!(of_group(group), group);
        }
    }
}

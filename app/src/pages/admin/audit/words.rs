//! What stands on record, in words.

/// Continues the name of whoever did it; empty for what is not known here.
pub fn of_action(action: &str) -> &'static str {
    match action {
        "account.sign_up" => "signed up",
        "account.log_in" => "logged in",
        "account.log_in_failed" => "was not let in: the password was wrong",
        "account.log_out" => "logged out",
        "account.end_session" => "ended another session",
        "account.change_password" => "changed the password",
        "account.delete" => "deleted their account",
        "members.add" => "added a member",
        "members.change_role" => "changed a role",
        "members.remove" => "removed a member",
        "members.end_session" => "ended a session of a member",
        "members.revoke_key" => "revoked an API key of a member",
        "invitations.create" => "created an invitation",
        "invitations.use" => "joined by an invitation",
        "invitations.revoke" => "revoked an invitation",
        "keys.create" => "made an API key",
        "keys.revoke" => "revoked an API key",
        "organization.change" => "changed the organization",
        "organization.sweep" => "deleted conversations by the rule of retention",
        "organization.read_prompts" => "read the log of prompts",
        "organization.export_audit" => "exported the audit log",
        "connections.create" => "connected a provider",
        "connections.change" => "changed a connection to a provider",
        "connections.delete" => "removed a connection to a provider",
        "agents.create" => "added an agent",
        "agents.change" => "changed an agent",
        "agents.delete" => "deleted an agent",
        "workflows.create" => "added a workflow",
        "workflows.change" => "changed a workflow",
        "workflows.delete" => "deleted a workflow",
        "conversations.list" => "listed everybody’s conversations",
        "conversations.read" => "read a conversation of somebody else",
        _ => "",
    }
}

/// What a group of actions is called.
pub fn of_group(group: &'static str) -> &'static str {
    match group {
        "account" => "Log-ins and accounts",
        "members" => "Members",
        "invitations" => "Invitations",
        "keys" => "API keys",
        "organization" => "Organization",
        "connections" => "Providers",
        "agents" => "Agents",
        "workflows" => "Workflows",
        "conversations" => "Conversations of others",
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

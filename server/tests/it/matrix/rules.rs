//! Who may do what: a line for each REST operation and each server function.

/// Who may do it, where it names a thing of the owner's or of their organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Whoever comes by.
    Open,
    /// Every member, about themselves or what they may see anyhow.
    Members,
    /// Every member with the password, not with a key.
    InPerson,
    /// Who may ask.
    Asking,
    /// The owner of the thing, as a reader.
    OwnerReads,
    /// The owner of the thing.
    OwnerWrites,
    /// The owner, with the password.
    OwnerInPerson,
    /// The organization's members.
    Shared,
    /// Whoever made it, and admins, as readers.
    CreatorReads,
    /// Whoever made it, and admins.
    CreatorWrites,
    /// Admins, in their own organization.
    Admins,
    /// The same, with the password.
    AdminsInPerson,
    AdminsRead,
    /// Admins of the thing's organization.
    AdminsOfIt,
    /// The same, with the password.
    AdminsOfItInPerson,
    /// The owner, who has to be an admin; this one is none.
    OwningAdmins,
}

pub const OPERATIONS: &[(&str, Rule)] = {
    use Rule::*;
    &[
        ("get_version", Open),
        ("register", Open),
        ("log_in", Open),
        ("refresh", Open),
        ("log_out", InPerson),
        ("socket_ticket", Members),
        ("me", Members),
        ("change_me", InPerson),
        ("list_api_keys", Members),
        ("create_api_key", InPerson),
        ("revoke_api_key", OwnerInPerson),
        ("list_conversations", Members),
        ("create_conversation", Asking),
        ("get_conversation", OwnerReads),
        ("change_conversation", OwnerWrites),
        ("delete_conversation", OwnerWrites),
        ("export_conversation", OwnerReads),
        ("list_messages", OwnerReads),
        ("ask", OwnerWrites),
        ("get_message", OwnerReads),
        ("edit_message", OwnerWrites),
        ("regenerate_message", OwnerWrites),
        ("rate_message", OwnerWrites),
        ("list_shares", Members),
        ("create_share", OwnerWrites),
        ("revoke_share", OwnerWrites),
        ("get_run", OwnerReads),
        ("cancel_run", OwnerWrites),
        ("conclude_run", OwnerWrites),
        ("get_run_events", OwnerReads),
        ("list_run_steps", OwnerReads),
        ("get_run_timeline", OwnerReads),
        ("list_agents", Members),
        ("create_agent", Admins),
        ("get_agent", Shared),
        ("replace_agent", AdminsOfIt),
        ("delete_agent", AdminsOfIt),
        ("list_agent_versions", Shared),
        ("get_agent_version", Shared),
        ("compare_agent_versions", Shared),
        ("restore_agent", AdminsOfIt),
        ("test_agent", AdminsOfIt),
        ("list_workflows", Members),
        ("create_workflow", Asking),
        ("get_workflow", CreatorReads),
        ("replace_workflow", CreatorWrites),
        ("delete_workflow", CreatorWrites),
        ("list_workflow_versions", CreatorReads),
        ("get_workflow_version", CreatorReads),
        ("compare_workflow_versions", CreatorReads),
        ("restore_workflow", CreatorWrites),
        ("execute_workflow", CreatorWrites),
        ("get_organization", Members),
        ("change_organization", AdminsInPerson),
        ("list_members", AdminsRead),
        ("get_member", AdminsOfIt),
        ("change_member", AdminsOfItInPerson),
        ("remove_member", AdminsOfItInPerson),
        ("end_member_session", AdminsOfItInPerson),
        ("revoke_member_key", AdminsOfItInPerson),
        ("list_invitations", AdminsRead),
        ("create_invitation", AdminsInPerson),
        ("revoke_invitation", AdminsOfIt),
        ("list_audit_entries", AdminsRead),
        ("list_logged_prompts", AdminsRead),
        ("get_quota_use", AdminsRead),
        ("get_analytics", Members),
        ("get_analytics_table", Members),
        ("list_connections", AdminsRead),
        ("create_connection", AdminsInPerson),
        ("change_connection", AdminsOfItInPerson),
        ("delete_connection", AdminsOfItInPerson),
        ("test_connection", AdminsOfIt),
        ("openai_list_models", Members),
        ("openai_get_model", CreatorReads),
        ("openai_create_chat_completion", CreatorWrites),
    ]
};

pub const FUNCTIONS: &[(&str, Rule, &str)] = {
    use Rule::*;
    &[
        (
            "sign_up",
            Open,
            "name=Zoe&email=zoe%40example.org&password=correct+horse+battery",
        ),
        (
            "log_in",
            Open,
            "email=nobody%40example.org&password=wrong+wrong+wrong",
        ),
        ("log_out", InPerson, ""),
        (
            "change_password",
            InPerson,
            "current=no&password=correct+horse+staple",
        ),
        ("delete_account", InPerson, "password=no"),
        ("save_preferences", InPerson, "theme=dark"),
        ("sessions", Members, ""),
        ("end_session", OwnerInPerson, "id={session}"),
        ("create_api_key", InPerson, "name=Script&scope=read"),
        ("api_keys", Members, ""),
        ("revoke_api_key", OwnerInPerson, "id={key}"),
        ("sidebar", Members, ""),
        ("conversations", Members, ""),
        ("search", Members, "q=how"),
        ("conversation", OwnerReads, "id={conversation}"),
        (
            "rename_conversation",
            OwnerWrites,
            "id={conversation}&title=Mine",
        ),
        (
            "move_conversation",
            OwnerWrites,
            "id={conversation}&folder=Team",
        ),
        (
            "tag_conversation",
            OwnerWrites,
            "id={conversation}&tags=work",
        ),
        (
            "mark_conversation",
            OwnerWrites,
            "id={conversation}&pinned=true",
        ),
        (
            "ask",
            OwnerWrites,
            "conversation_id={conversation}&message=How%3F",
        ),
        ("edit_question", OwnerWrites, "id={message}&message=How%3F"),
        ("ask_again", OwnerWrites, "id={message}"),
        ("show_branch", OwnerWrites, "id={answer}"),
        (
            "rate_answer",
            OwnerWrites,
            "id={answer}&rating=up&comment=Fine",
        ),
        ("cancel_run", OwnerWrites, "id={run}"),
        ("conclude_run", OwnerWrites, "id={run}"),
        ("workflows", Members, ""),
        ("offered_workflows", Members, ""),
        ("offered_agents", Members, ""),
        ("queue_place", OwnerReads, "id={run}"),
        ("run_steps", OwnerReads, "id={run}"),
        ("deliberation", OwnerReads, "id={run}"),
        (
            "test_agent_again",
            OwningAdmins,
            "id={run}&agent_id={agent}&other_model=compatible%2Fanother",
        ),
        ("invite", AdminsInPerson, "role=user"),
        ("invitations", AdminsRead, ""),
        ("revoke_invitation", AdminsOfIt, "id={invitation}"),
        ("invitation", Open, "token=none"),
        (
            "share",
            OwnerWrites,
            "conversation_id={conversation}&mode=answer&days=7",
        ),
        ("shares", OwnerReads, "id={conversation}"),
        ("revoke_share", OwnerWrites, "id={share}"),
        ("shared", Open, "token=none"),
        ("library", Members, "shelf=agents"),
        ("library", Members, "shelf=workflows"),
        ("sheet", Shared, "shelf=agents&id={agent}"),
        ("sheet", CreatorReads, "shelf=workflows&id={workflow}"),
        ("sheet_history", Shared, "shelf=agents&id={agent}"),
        (
            "sheet_history",
            CreatorReads,
            "shelf=workflows&id={workflow}",
        ),
        (
            "compare_sheets",
            Shared,
            "shelf=agents&id={agent}&from=1&to=2",
        ),
        (
            "compare_sheets",
            CreatorReads,
            "shelf=workflows&id={workflow}&from=1&to=2",
        ),
        (
            "create_sheet",
            Admins,
            "shelf=agents&fields[name]=Agent&fields[role]=helps&fields[goal]=Help.",
        ),
        (
            "create_sheet",
            Asking,
            "shelf=workflows&fields[name]=Workflow&fields[agent.practical]=1",
        ),
        (
            "import_sheet",
            Admins,
            "shelf=agents&json=%7B%22name%22:%22Agent%22,%22role%22:%22helps%22,%22goal%22:%22Help.%22%7D",
        ),
        (
            "import_sheet",
            Asking,
            "shelf=workflows&json=%7B%22name%22:%22Workflow%22,%22agent_ids%22:[%22practical%22]%7D",
        ),
        (
            "save_sheet",
            AdminsOfIt,
            "shelf=agents&id={agent}&fields[name]=Agent&fields[role]=helps&fields[goal]=Help.",
        ),
        (
            "save_sheet",
            CreatorWrites,
            "shelf=workflows&id={workflow}&fields[name]=Workflow&fields[agent.practical]=1",
        ),
        (
            "restore_sheet",
            AdminsOfIt,
            "shelf=agents&id={agent}&version=1",
        ),
        (
            "restore_sheet",
            CreatorWrites,
            "shelf=workflows&id={workflow}&version=1",
        ),
        ("switch_agent", AdminsOfIt, "id={agent}&active=false"),
        ("try_agent", AdminsOfIt, "id={agent}&query=How"),
        ("delete_sheet", AdminsOfIt, "shelf=agents&id={agent}"),
        (
            "delete_sheet",
            CreatorWrites,
            "shelf=workflows&id={workflow}",
        ),
        ("delete_conversation", OwnerWrites, "id={conversation}"),
        ("connections", AdminsRead, ""),
        ("connection", AdminsOfIt, "id={connection}"),
        ("test_connection", AdminsOfIt, "id={connection}"),
        ("delete_connection", AdminsOfItInPerson, "id={connection}"),
        ("members", AdminsRead, ""),
        ("member", AdminsOfIt, "id={member}"),
        ("change_role", AdminsOfItInPerson, "id={member}&role=viewer"),
        ("end_member_session", AdminsOfItInPerson, "id={session}"),
        ("revoke_member_key", AdminsOfItInPerson, "id={key}"),
        ("audit", AdminsRead, ""),
        ("prompt_log", AdminsRead, ""),
        ("keeping", AdminsRead, ""),
        (
            "save_keeping",
            AdminsInPerson,
            "retention_days=90&log_prompts=on",
        ),
        ("sign_up_offer", Open, ""),
        ("organization", Members, ""),
        ("analytics", Members, ""),
        ("quota_use", AdminsRead, ""),
        ("save_quotas", Admins, ""),
        (
            "save_organization",
            AdminsInPerson,
            "name=Engines&sign_up=invite",
        ),
        // Questions go there from then on, here and below.
        (
            "save_connection",
            AdminsOfItInPerson,
            "id={connection}&name=garage&base_url=https%3A%2F%2Fllm.invalid&default_model=m&api_key=sk-1",
        ),
        (
            "create_connection",
            AdminsInPerson,
            "provider=compatible&name=lab&base_url=https%3A%2F%2Fllm.invalid&default_model=m&api_key=sk-1",
        ),
        // The member is gone afterwards.
        ("remove_member", AdminsOfItInPerson, "id={member}"),
    ]
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    Owner,
    /// The owner's key that only reads.
    ReadingKey,
    Admin,
    /// The admin's key that reads and writes.
    WritingKey,
    /// Another user of the owner's organization.
    Colleague,
    Viewer,
    ForeignAdmin,
    ForeignUser,
    ForeignViewer,
    Nobody,
}

impl Who {
    pub const ALL: [Self; 10] = [
        Self::Nobody,
        Self::ForeignViewer,
        Self::ForeignUser,
        Self::ForeignAdmin,
        Self::Viewer,
        Self::Colleague,
        Self::ReadingKey,
        Self::WritingKey,
        Self::Admin,
        Self::Owner,
    ];

    pub fn is_in_person(self) -> bool {
        !matches!(self, Self::Nobody | Self::ReadingKey | Self::WritingKey)
    }

    pub fn is_admin(self) -> bool {
        matches!(self, Self::Admin | Self::WritingKey | Self::ForeignAdmin)
    }

    /// Whom a key belongs to.
    pub fn person(self) -> Self {
        match self {
            Self::ReadingKey => Self::Owner,
            Self::WritingKey => Self::Admin,
            person => person,
        }
    }

    /// Of the other organization.
    pub fn is_foreign(self) -> bool {
        matches!(
            self,
            Self::ForeignAdmin | Self::ForeignUser | Self::ForeignViewer
        )
    }

    /// Whether such a thing of the owner's may be named by them.
    pub fn has(self, thing: &str) -> bool {
        let is_owner = matches!(self, Self::Owner | Self::ReadingKey);
        match thing {
            "workflow" => is_owner || matches!(self, Self::Admin | Self::WritingKey),
            "agent" => !self.is_foreign() && self != Self::Nobody,
            _ => is_owner,
        }
    }

    /// On a thing of their own.
    pub fn may_with_own(self, rule: Rule) -> bool {
        use Rule::*;
        match rule {
            OwnerReads | CreatorReads | Shared => self.may(Members),
            OwnerWrites | CreatorWrites => self.may(Asking),
            OwnerInPerson => self.may(InPerson),
            AdminsOfIt | OwningAdmins => self.may(Admins),
            AdminsOfItInPerson => self.may(AdminsInPerson),
            other => self.may(other),
        }
    }

    pub fn may(self, rule: Rule) -> bool {
        use Rule::*;
        let (in_person, is_admin) = (self.is_in_person(), self.is_admin());
        let is_viewer = matches!(self, Self::Viewer | Self::ForeignViewer);
        match rule {
            Open => true,
            Members => self != Self::Nobody,
            InPerson => in_person,
            Asking => !is_viewer && !matches!(self, Self::Nobody | Self::ReadingKey),
            OwnerReads => matches!(self, Self::Owner | Self::ReadingKey),
            OwnerWrites | OwnerInPerson => self == Self::Owner,
            Shared => !matches!(
                self,
                Self::Nobody | Self::ForeignAdmin | Self::ForeignUser | Self::ForeignViewer
            ),
            CreatorReads => self == Self::ReadingKey || self.may(CreatorWrites),
            CreatorWrites => matches!(self, Self::Owner | Self::Admin | Self::WritingKey),
            Admins | AdminsRead => is_admin,
            AdminsInPerson => is_admin && in_person,
            AdminsOfIt => matches!(self, Self::Admin | Self::WritingKey),
            AdminsOfItInPerson => self == Self::Admin,
            OwningAdmins => false,
        }
    }
}

/// Their forms here hold a wrong password or a secret that is none, or a run that was not stopped.
pub fn tells(name: &str) -> bool {
    [
        "sign_up",
        "log_in",
        "change_password",
        "delete_account",
        "invitation",
        "shared",
        "conclude_run",
    ]
    .contains(&name)
}

/// What else the document's example is answered with by those who may.
pub fn answers(operation: &str, status: u16) -> bool {
    match operation {
        // The example's log-in is none.
        "log_in" | "refresh" => status == 401,
        // It has no invitation.
        "register" => status == 403,
        // The stage's run has ended by itself.
        "conclude_run" => status == 409,
        _ => false,
    }
}

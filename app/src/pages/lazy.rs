//! Pages whose code the browser fetches when it needs them: the first load is the chat's alone.

use super::admin::{AuditPage, MemberPage, MembersPage, OrganizationPage};
use super::invitation::InvitationPage;
use super::library::{LibraryPage, NewSheetPage, SheetPage, VersionsPage};
use super::log_in::LogInPage;
use super::providers::ProvidersPage;
use super::settings::SettingsPage;
use super::share::SharePage;
use super::shared::SharedPage;
use super::sign_up::SignUpPage;
use crate::api::library::Shelf;
use crate::{admins_only, members_only};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

macro_rules! lazy {
    ($($page:ident => $view:expr;)*) => {$(
        pub struct $page;

        #[lazy_route]
        impl LazyRoute for $page {
            fn data() -> Self {
                Self
            }

            fn view(_this: Self) -> AnyView {
                $view.into_any()
            }
        }
    )*};
}

lazy! {
    Agents => members_only(|| view! { <LibraryPage shelf=Shelf::Agents /> });
    NewAgent => members_only(|| view! { <NewSheetPage shelf=Shelf::Agents /> });
    Agent => members_only(|| view! { <SheetPage shelf=Shelf::Agents /> });
    AgentVersions => members_only(|| view! { <VersionsPage shelf=Shelf::Agents /> });
    Workflows => members_only(|| view! { <LibraryPage shelf=Shelf::Workflows /> });
    NewWorkflow => members_only(|| view! { <NewSheetPage shelf=Shelf::Workflows /> });
    Workflow => members_only(|| view! { <SheetPage shelf=Shelf::Workflows /> });
    WorkflowVersions => members_only(|| view! { <VersionsPage shelf=Shelf::Workflows /> });
    Settings => members_only(SettingsPage);
    Share => members_only(SharePage);
    Shared => view! { <SharedPage /> };
    Members => admins_only(MembersPage);
    Member => admins_only(MemberPage);
    Organization => admins_only(OrganizationPage);
    Providers => admins_only(ProvidersPage);
    Audit => admins_only(AuditPage);
    SignUp => view! { <SignUpPage /> };
    LogIn => view! { <LogInPage /> };
    Invitation => view! { <InvitationPage /> };
}

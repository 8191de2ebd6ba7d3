//! Pages whose code the browser fetches when they are opened, in a few pieces: what is used together
//! comes together. The first load is the chat's alone.

use super::admin::{AuditPage, MemberPage, MembersPage, OrganizationPage, PromptLogPage};
use super::analytics::AnalyticsPage;
use super::deliberation::DeliberationPage;
use super::invitation::InvitationPage;
use super::library::{LibraryPage, NewSheetPage, SheetPage, VersionsPage};
use super::log_in::LogInPage;
use super::providers::{ProviderPage, ProvidersPage};
use super::settings::SettingsPage;
use super::share::SharePage;
use super::shared::SharedPage;
use super::sign_up::SignUpPage;
use crate::api::library::Shelf;
use crate::{admins_only, members_only};
use leptos::prelude::*;
use leptos_router::LazyRoute;

/// `piece: preload { Page => view, ... }`: a function of its own file, and a route for each page.
macro_rules! pieces {
    ($($piece:ident: $preload:ident { $($page:ident => $view:expr;)* })*) => {$(
        mod $piece {
            #[derive(Clone, Copy)]
            pub enum Page {
                $($page,)*
            }
        }

        #[lazy]
        fn $piece(page: $piece::Page) -> AnyView {
            match page {
                $($piece::Page::$page => $view.into_any(),)*
            }
        }

        $(
            pub struct $page;

            impl LazyRoute for $page {
                fn data() -> Self {
                    Self
                }

                async fn view(_this: Self) -> AnyView {
                    $piece($piece::Page::$page).await
                }

                #[cfg(feature = "hydrate")]
                async fn preload() {
                    $preload().await;
                }
            }
        )*
    )*};
}

pieces! {
    entrance: __preload_entrance {
        SignUp => view! { <SignUpPage /> };
        LogIn => view! { <LogInPage /> };
        Invitation => view! { <InvitationPage /> };
        Shared => view! { <SharedPage /> };
    }
    library: __preload_library {
        Agents => members_only(|| view! { <LibraryPage shelf=Shelf::Agents /> });
        NewAgent => members_only(|| view! { <NewSheetPage shelf=Shelf::Agents /> });
        Agent => members_only(|| view! { <SheetPage shelf=Shelf::Agents /> });
        AgentVersions => members_only(|| view! { <VersionsPage shelf=Shelf::Agents /> });
        Workflows => members_only(|| view! { <LibraryPage shelf=Shelf::Workflows /> });
        NewWorkflow => members_only(|| view! { <NewSheetPage shelf=Shelf::Workflows /> });
        Workflow => members_only(|| view! { <SheetPage shelf=Shelf::Workflows /> });
        WorkflowVersions => members_only(|| view! { <VersionsPage shelf=Shelf::Workflows /> });
    }
    insight: __preload_insight {
        Deliberation => members_only(DeliberationPage);
    }
    own: __preload_own {
        Settings => members_only(SettingsPage);
        Share => members_only(SharePage);
    }
    office: __preload_office {
        Members => admins_only(MembersPage);
        Member => admins_only(MemberPage);
        Organization => admins_only(OrganizationPage);
        Providers => admins_only(ProvidersPage);
        Provider => admins_only(ProviderPage);
        Prompts => admins_only(PromptLogPage);
        Audit => admins_only(AuditPage);
    }
    reports: __preload_reports {
        Analytics => members_only(AnalyticsPage);
    }
}

//! Which entries are shown: read from the address, and chosen in a form that leads to another one.

use super::words;
use crate::api::members::SeenMember;
use crate::components::choices::{Choice, Day};
use domain::audit::GROUPS;
use leptos::prelude::*;
use leptos_router::params::ParamsMap;

/// As it stands in the address; what is empty does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub group: String,
    pub person: String,
    pub from: String,
    pub to: String,
    pub cursor: Option<String>,
}

impl Filter {
    pub fn read(query: &ParamsMap) -> Self {
        let text = |name| query.get(name).unwrap_or_default();
        Self {
            group: text("group"),
            person: text("person"),
            from: text("from"),
            to: text("to"),
            cursor: query.get("cursor").filter(|cursor| !cursor.is_empty()),
        }
    }

    /// Of what the server has accepted: names, ids and days need no escapes.
    pub fn address(&self, path: &str, cursor: Option<&str>) -> String {
        let fields = [
            ("group", self.group.as_str()),
            ("person", &self.person),
            ("from", &self.from),
            ("to", &self.to),
            ("cursor", cursor.unwrap_or_default()),
        ];
        let mut address = path.to_owned();
        let mut sign = '?';
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            address.push(sign);
            address.push_str(name);
            address.push('=');
            address.push_str(value);
            sign = '&';
        }
        address
    }
}

#[component]
pub fn FilterForm(filter: Filter, people: Vec<SeenMember>) -> impl IntoView {
    let mut groups = vec![(String::new(), t!("Everything").to_owned())];
    groups.extend(
        GROUPS
            .into_iter()
            .map(|group| (group.to_owned(), words::of_group(group).to_owned())),
    );
    let mut persons = vec![(String::new(), t!("Everybody").to_owned())];
    persons.extend(
        people
            .into_iter()
            .map(|it| (it.user.id.to_string(), it.user.name.to_string())),
    );
    if !persons.iter().any(|(id, _)| *id == filter.person) {
        persons.push((filter.person.clone(), t!("Somebody who is gone").to_owned()));
    }
    view! {
        <form
            method="get"
            action="/admin/audit"
            role="search"
            aria-label=t!("Filter")
            class="mt-5 grid grid-cols-2 items-end gap-3 sm:grid-cols-[1.2fr_1.2fr_1fr_1fr_auto]"
        >
            <Choice id="group" label=t!("What") options=groups chosen=filter.group />
            <Choice id="person" label=t!("Who") options=persons chosen=filter.person />
            <Day id="from" label=t!("From (UTC)") value=filter.from />
            <Day id="to" label=t!("To (UTC)") value=filter.to />
            <button
                type="submit"
                class="col-span-2 inline-flex h-10 cursor-pointer items-center justify-center rounded-sm border border-line bg-raised px-4 text-sm font-medium hover:border-muted/70 sm:col-span-1"
            >
                {t!("Filter")}
            </button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_what_is_chosen() {
        let filter = Filter {
            group: "keys".to_owned(),
            to: "2026-11-28".to_owned(),
            cursor: Some("before".to_owned()),
            ..Filter::default()
        };
        assert_eq!(
            filter.address("/admin/audit", Some("next")),
            "/admin/audit?group=keys&to=2026-11-28&cursor=next"
        );
        assert_eq!(
            Filter::default().address("/admin/audit.csv", None),
            "/admin/audit.csv"
        );
    }
}

//! How much is accepted: a queue with an end, so that nobody waits without hope, and nothing that
//! was accepted is lost.

use super::Runs;
use crate::access::Member;
use crate::error::{Error, Result};
use domain::RunId;
use store::Load;

/// Queued and running ones of one person.
const MOST_OF_A_PERSON: u32 = 20;
const MOST_OF_AN_ORGANIZATION: u32 = 500;
/// Queued ones of everybody.
const MOST_WAITING: u32 = 5_000;

impl Runs {
    /// Whether one more question may be asked now.
    pub(super) async fn admit(&self, member: &Member) -> Result<()> {
        let user = member.user();
        let load = self.store.load(user.id, user.organization_id).await?;
        admitted(load).map_err(Error::Busy)
    }

    /// How many runs are before this one; `None` when it does not wait.
    pub async fn ahead_of(&self, member: &Member, id: RunId) -> Result<Option<u32>> {
        self.get(member, id).await?;
        Ok(self.store.ahead_of(member.scope(), id).await?)
    }
}

fn admitted(load: Load) -> std::result::Result<(), &'static str> {
    if load.of_user >= MOST_OF_A_PERSON {
        return Err("You have 20 runs under way. Wait for one to finish, or stop one.");
    }
    if load.of_organization >= MOST_OF_AN_ORGANIZATION {
        return Err("Your organization has 500 runs under way. Try again in a minute.");
    }
    if load.waiting >= MOST_WAITING {
        return Err("The server is busy: 5,000 questions are waiting. Try again in a minute.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_has_its_words() {
        for (of_user, of_organization, waiting, word) in [
            (19, 499, 4_999, None),
            (20, 20, 0, Some("You have 20")),
            (0, 500, 0, Some("Your organization has 500")),
            (0, 0, 5_000, Some("The server is busy")),
        ] {
            let load = Load {
                of_user,
                of_organization,
                waiting,
            };
            match (admitted(load), word) {
                (Ok(()), None) => {}
                (Err(message), Some(word)) => assert!(message.starts_with(word), "{message}"),
                (result, _) => panic!("{load:?}: {result:?}"),
            }
        }
    }
}

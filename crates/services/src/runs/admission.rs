//! How much is accepted: a queue with an end, so that nobody waits without hope, and nothing that
//! was accepted is lost. The store counts and keeps at once (start.rs).

use crate::error::Error;
use store::Load;

/// One more is refused where one of these is reached.
pub(super) const MOST: Load = Load {
    of_user: 20,
    of_organization: 500,
    waiting: 5_000,
};

/// Why that is too much already.
pub(super) fn refusal(load: Load) -> Error {
    let (message, retry_after) = if load.of_user >= MOST.of_user {
        (
            "You have 20 runs under way. Wait for one to finish, or stop one.",
            10,
        )
    } else if load.of_organization >= MOST.of_organization {
        (
            "Your organization has 500 runs under way. Try again in a minute.",
            60,
        )
    } else {
        (
            "The server is busy: 5,000 questions are waiting. Try again in a minute.",
            60,
        )
    };
    Error::Full {
        message,
        retry_after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ApiError;

    #[test]
    fn each_bound_has_its_words() {
        for (of_user, of_organization, waiting, word, seconds) in [
            (20, 20, 0, "You have 20", 10),
            (20, 500, 5_000, "You have 20", 10),
            (0, 500, 5_000, "Your organization has 500", 60),
            (0, 499, 5_000, "The server is busy", 60),
        ] {
            let refused = ApiError::from(refusal(Load {
                of_user,
                of_organization,
                waiting,
            }));
            assert!(refused.error.message.starts_with(word), "{refused}");
            assert_eq!(
                (refused.http_status(), refused.error.retry_after),
                (503, Some(seconds))
            );
        }
    }
}

//! The name of a worker process, from which others on the same machine can tell that it is dead.

use std::fs;
use std::path::Path;
use uuid::Uuid;

/// `machine/process/start/id`. The machine is this boot of it and the space of process numbers
/// (a container has one of its own); empty where the system does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner(String);

impl Owner {
    pub fn new(id: Uuid) -> Self {
        let machine = machine().unwrap_or_default();
        let process = std::process::id();
        let start = started(&process.to_string()).unwrap_or_default();
        Self(format!("{machine}/{process}/{start}/{id}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether that owner was a process of this machine that is not there any more.
    pub fn knows_to_be_dead(&self, other: &str) -> bool {
        let own = self.0.split('/').next().unwrap_or_default();
        let parts: Vec<&str> = other.split('/').collect();
        let [machine, process, start, _] = parts.as_slice() else {
            return false;
        };
        if machine.is_empty() || *machine != own || process.parse::<u32>().is_err() {
            return false;
        }
        // A number that was given to another process since then does not count.
        started(process).is_none_or(|running| running != *start)
    }
}

fn machine() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let space = fs::read_link("/proc/self/ns/pid").ok()?;
    let space: String = space
        .to_string_lossy()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    Some(format!("{}:{space}", boot.trim()))
}

/// When a process began, in ticks since the machine did; `None` when there is no such process.
fn started(process: &str) -> Option<String> {
    let stat = fs::read_to_string(Path::new("/proc").join(process).join("stat")).ok()?;
    // The name in parentheses may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    // A process that has ended and waits for its parent is dead too.
    if matches!(fields.next(), Some("Z" | "X")) {
        return None;
    }
    // The 22nd field; the third was the first of these.
    fields.nth(18).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_dead_of_this_machine_are_known() {
        let owner = Owner::new(Uuid::nil());
        let sibling = Owner::new(Uuid::max());
        assert_ne!(owner, sibling);
        let mut parts: Vec<String> = owner.as_str().split('/').map(str::to_owned).collect();
        assert_eq!(parts.len(), 4);
        let mut knows = |change: usize, to: &str| {
            let before = std::mem::replace(&mut parts[change], to.to_owned());
            let known = owner.knows_to_be_dead(&parts.join("/"));
            parts[change] = before;
            known
        };
        assert!(!knows(3, "another worker in this process"));
        assert!(knows(2, "1"), "its number belongs to another process now");
        assert!(knows(1, "4194305"), "more than there can be");
        assert!(!knows(1, "../x"));
        assert!(!knows(0, "another machine"));
        assert!(!owner.knows_to_be_dead("a name of an earlier version"));
    }
}

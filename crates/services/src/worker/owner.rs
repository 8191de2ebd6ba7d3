//! The name of a worker process, from which others on the same machine can tell that it is dead.

use std::path::Path;
use std::{fs, io};
use uuid::Uuid;

/// `machine/process/start/id`. The machine is this boot of it and the space of process numbers
/// (a container has one of its own); empty where the system does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner(String);

/// What the system says of a process.
enum Process {
    /// Since so many ticks after the machine began.
    Since(String),
    Dead,
    /// It may be there: too many files are open, or processes of others are hidden from us.
    Unknown,
}

impl Owner {
    pub fn new(id: Uuid) -> Self {
        let machine = machine().unwrap_or_default();
        let process = std::process::id();
        let start = match Process::find(&process.to_string()) {
            Process::Since(start) => start,
            Process::Dead | Process::Unknown => String::new(),
        };
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
        if machine.is_empty()
            || start.is_empty()
            || *machine != own
            || process.parse::<u32>().is_err()
            || other == self.0
        {
            return false;
        }
        match Process::find(process) {
            // Its number was given to another process since then.
            Process::Since(running) => running != *start,
            Process::Dead => true,
            // Its lease tells, a little later.
            Process::Unknown => false,
        }
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

impl Process {
    fn find(number: &str) -> Self {
        match stat(number) {
            Ok(stat) => Self::read(&stat),
            // Where processes of others are hidden, all of them look as if they were not there;
            // the first one always is.
            Err(error) if error.kind() == io::ErrorKind::NotFound && stat("1").is_ok() => {
                Self::Dead
            }
            Err(_) => Self::Unknown,
        }
    }

    fn read(stat: &str) -> Self {
        // The name in parentheses may hold anything.
        let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let mut fields = rest.split_whitespace();
        // A process that has ended and waits for its parent is dead too.
        if matches!(fields.next(), Some("Z" | "X")) {
            return Self::Dead;
        }
        // The 22nd field; the third was the first of these.
        let start = fields.nth(18).map(str::to_owned);
        start.map_or(Self::Unknown, Self::Since)
    }
}

fn stat(number: &str) -> io::Result<String> {
    fs::read_to_string(Path::new("/proc").join(number).join("stat"))
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
        assert!(!knows(2, ""), "it could not say when it began");
        assert!(knows(2, "1"), "its number belongs to another process now");
        assert!(knows(1, "4194305"), "more than there can be");
        assert!(!knows(1, "../x"));
        assert!(!knows(0, "another machine"));
        assert!(!owner.knows_to_be_dead("a name of an earlier version"));
    }

    #[test]
    fn what_the_system_says_badly_is_nobodys_death() {
        let fields = "1 1 1 0 -1 4194560 1 0 0 0 1 1 0 0 20 0 1 0";
        let of = |text: String| Process::read(&text);
        assert!(
            matches!(of(format!("7 (a) b) S {fields} 4711 1")), Process::Since(at) if at == "4711")
        );
        assert!(matches!(
            of(format!("7 (a) Z {fields} 4711 1")),
            Process::Dead
        ));
        for unreadable in ["", "7", "7 (a) S 1"] {
            assert!(matches!(of(unreadable.to_owned()), Process::Unknown));
        }
    }
}

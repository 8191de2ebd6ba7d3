//! How many sockets one person holds open on this server.

use crate::access::Member;
use crate::error::{Error, Result};
use domain::UserId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// More than anybody has tabs and scripts.
const MOST_SOCKETS: usize = 50;

#[derive(Clone, Default)]
pub struct Sockets {
    open: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// One of a person's open sockets; given back when it is dropped.
pub struct Seat {
    sockets: Sockets,
    user: UserId,
}

impl Sockets {
    pub fn take(&self, member: &Member) -> Result<Seat> {
        let user = member.user().id;
        let mut open = self.open();
        let count = open.entry(user).or_default();
        if *count >= MOST_SOCKETS {
            return Err(Error::Busy(
                "You have 50 connections open here. Close one of them first.",
            ));
        }
        *count += 1;
        drop(open);
        Ok(Seat {
            sockets: self.clone(),
            user,
        })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<UserId, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.sockets.open();
        if let Some(count) = open.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.user);
            }
        }
    }
}

//! Who gives a command: the operating system's user.

use std::fs;

use crate::domain::actor::{Actor, Request};
use crate::domain::id::RequestId;
use crate::env::{Clock, Entropy};

const PASSWD: &str = "/etc/passwd";

/// A user of this machine, who may administer the box.
#[derive(Debug, Clone)]
pub struct Caller {
    pub user: String,
}

impl Caller {
    /// The user of that number; `uid:N` when the machine knows no name for it.
    pub fn of_uid(uid: u32) -> Self {
        let passwd = fs::read_to_string(PASSWD).unwrap_or_default();
        let user = name_in(&passwd, uid).unwrap_or_else(|| format!("uid:{uid}"));
        Self { user }
    }

    /// The user who runs this process.
    pub fn of_this_process() -> Self {
        Self::of_uid(rustix::process::getuid().as_raw())
    }

    pub fn actor(&self) -> Actor {
        Actor::Cli {
            user: self.user.clone(),
        }
    }

    /// The command as the logs name it; it holds no argument, since arguments name people.
    pub fn request(&self, command: &str, clock: &Clock, entropy: &Entropy) -> Request {
        Request {
            id: RequestId::from_bytes(entropy.uuid_v7(clock.now_ms())),
            method: "CLI".into(),
            uri: command.into(),
            user_agent: concat!("provost/", env!("CARGO_PKG_VERSION")).into(),
            address: None,
            started_us: clock.monotonic_us(),
        }
    }
}

/// The name in the first field of the line whose third field is `uid` (passwd(5)).
fn name_in(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let number: u32 = fields.nth(1)?.parse().ok()?;
        (number == uid && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_name_of_the_first_line_with_it() {
        let passwd = "root:x:0:0::/root:/bin/sh\n# no entry\nada:x:1000:1000::/:/bin/sh\n";
        assert_eq!(name_in(passwd, 1000).as_deref(), Some("ada"));
        assert_eq!(name_in(passwd, 0).as_deref(), Some("root"));
        assert_eq!(name_in(passwd, 7), None);
    }
}

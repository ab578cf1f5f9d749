//! When, by which value and from where a token is good.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use crate::domain::error::{Error, Result};
use crate::domain::reason::Reason;

/// From which addresses a token may be used: inside one of `allow` (when there are any), and
/// inside none of `deny`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AddressCondition {
    #[serde(default, rename = "in", skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<IpNet>,
    #[serde(default, rename = "not_in", skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<IpNet>,
}

impl AddressCondition {
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let inside = |nets: &[IpNet]| nets.iter().any(|net| net.contains(&address));
        (self.allow.is_empty() || inside(&self.allow)) && !inside(&self.deny)
    }

    /// Whether the condition names that address as one from which nobody may come.
    fn forbids(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.deny.iter().any(|net| net.contains(&address))
    }

    /// Refuses a condition that nobody could meet: where each network of `allow` lies within one
    /// of `deny`. Where there is none, everything is allowed.
    ///
    /// Errors: `Invalid`.
    pub fn check(&self) -> Result<()> {
        let everywhere = [IpNet::V4(Ipv4Net::default()), IpNet::V6(Ipv6Net::default())];
        let allowed = match self.allow.as_slice() {
            [] => everywhere.as_slice(),
            some => some,
        };
        let open = |net: &IpNet| !self.deny.iter().any(|denied| denied.contains(net));
        if allowed.iter().any(open) {
            return Ok(());
        }
        Err(Error::invalid(
            Reason::InvalidValue,
            "The addresses that the token may not be used from hold all that it may be used from, \
             so it would let nobody in; take some of them out.",
        ))
    }
}

/// A token's validity as it is checked on every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validity {
    pub disabled: bool,
    /// Milliseconds since 1970, UTC; `None`: no bound.
    pub not_before_ms: Option<i64>,
    pub expires_ms: Option<i64>,
    /// When this secret ends, after a roll.
    pub secret_until_ms: Option<i64>,
    /// This secret has ended for good: a roll replaced it, and no clock brings it back.
    pub secret_ended: bool,
    pub addresses: AddressCondition,
}

fn is_over(until_ms: Option<i64>, now_ms: i64) -> bool {
    until_ms.is_some_and(|until| now_ms >= until)
}

impl Validity {
    /// Whether a roll replaced this secret and it works no more.
    pub fn is_replaced(&self, now_ms: i64) -> bool {
        self.secret_ended || is_over(self.secret_until_ms, now_ms)
    }

    /// Errors: `Unauthenticated` with the reason; `Forbidden` for the address.
    pub fn check(&self, now_ms: i64, address: Option<IpAddr>) -> Result<()> {
        let refuse = |reason, message| Err(Error::unauthenticated(reason, message));
        if self.disabled {
            return refuse(
                Reason::TokenDisabled,
                "This token is switched off; switch it on again, or use another one.",
            );
        }
        if self.not_before_ms.is_some_and(|from| now_ms < from) {
            return refuse(
                Reason::TokenNotYetValid,
                "This token is not valid yet; wait for its start time.",
            );
        }
        if is_over(self.expires_ms, now_ms) {
            return refuse(
                Reason::TokenExpired,
                "This token has expired; make a new one and put it into the provider.",
            );
        }
        if self.is_replaced(now_ms) {
            return refuse(
                Reason::TokenReplaced,
                "This value of the token was replaced when the token was rolled; enter the newer \
                 value at the client.",
            );
        }
        if !self.addresses.is_empty() && !address.is_some_and(|ip| self.addresses.admits(ip)) {
            let why = if address.is_some_and(|ip| self.addresses.forbids(ip)) {
                "This token may not be used from this address, which its condition forbids; use it \
                 from another one."
            } else {
                "This token may not be used from this address; its condition names the ones it \
                 may."
            };
            return Err(Error::forbidden(Reason::TokenAddress, why));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_on_both_lists() {
        let condition = AddressCondition {
            allow: vec!["10.0.0.0/8".parse().expect("a network")],
            deny: vec!["10.1.0.0/16".parse().expect("a network")],
        };
        let admits = |text: &str| condition.admits(text.parse().expect("an address"));
        assert!(admits("10.2.3.4") && admits("::ffff:10.2.3.4"));
        assert!(!admits("10.1.2.3") && !admits("192.168.0.1"));
    }

    #[test]
    fn a_condition_that_nobody_can_meet_is_none() {
        let passes = |allow: &[&str], deny: &[&str]| {
            let nets = |all: &[&str]| -> Vec<IpNet> {
                let read = all.iter().map(|text| text.parse().expect("a network"));
                read.collect()
            };
            let (allow, deny) = (nets(allow), nets(deny));
            AddressCondition { allow, deny }.check().is_ok()
        };
        assert!(passes(&[], &[]) && passes(&[], &["0.0.0.0/0"]));
        assert!(passes(&["10.0.0.0/8"], &["10.1.0.0/16", "::/0"]));
        assert!(passes(&["10.1.0.0/16", "::1/128"], &["10.0.0.0/8"]));
        assert!(!passes(&["127.0.0.1/32"], &["127.0.0.1/32"]));
        assert!(!passes(
            &["10.1.0.0/16", "::1/128"],
            &["10.0.0.0/8", "::/64"]
        ));
        assert!(!passes(&[], &["0.0.0.0/0", "::/0"]));
    }

    #[test]
    fn a_replaced_value_is_told_so_unless_the_token_itself_is_no_good() {
        let good = Validity {
            disabled: false,
            not_before_ms: None,
            expires_ms: Some(100),
            secret_until_ms: Some(50),
            secret_ended: false,
            addresses: AddressCondition::default(),
        };
        let of = |validity: &Validity, now_ms: i64| {
            let checked = validity.check(now_ms, None);
            checked.map_err(|error| error.reason())
        };
        assert_eq!(of(&good, 49), Ok(()));
        assert_eq!(of(&good, 50), Err(Reason::TokenReplaced));
        assert_eq!(of(&good, 100), Err(Reason::TokenExpired));
        let ended = Validity {
            secret_ended: true,
            ..good.clone()
        };
        assert_eq!(of(&ended, 1), Err(Reason::TokenReplaced));
        let off = Validity {
            disabled: true,
            ..ended
        };
        assert_eq!(of(&off, 1), Err(Reason::TokenDisabled));
    }
}

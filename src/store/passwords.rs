//! Password hashes: argon2id, few at once, never on a thread that answers (T-20, T-21).

pub(in crate::store) mod calibrate;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arc_swap::ArcSwap;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{Semaphore, oneshot};
use zeroize::Zeroizing;

use super::keys::Keys;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::password::Password;
use crate::domain::reason::Reason;
use crate::env::Entropy;

/// Hashes that are computed at once: each takes the memory that it costs, and a core of those that
/// answer requests.
const AT_ONCE_MAX: usize = 2;
/// Hashes that may wait for their turn; one more is refused.
const WAITING_MAX: usize = 16;
/// How far hashes stand behind whoever else wants a core: they get a tenth of it then.
const NICENESS: i32 = 10;
/// Seconds after which it is worth asking again.
const RETRY_SECONDS: u32 = 3;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// What a hash costs: of memory, and passes over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            passes: 3,
        }
    }
}

impl Cost {
    /// The least that is good enough anywhere (OWASP's recommendation).
    pub const FLOOR: Self = Self {
        memory_kib: 19 * 1024,
        passes: 2,
    };
    /// The least that still is argon2id: for tests.
    pub const LEAST: Self = Self {
        memory_kib: 8,
        passes: 1,
    };
}

/// What became of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// And the hash was made cheaper than hashes are made now.
    RightButCheap,
}

pub struct Passwords {
    cost: ArcSwap<Cost>,
    /// Whether the cost is what it is to be, by a setting or by measurement.
    calibrated: AtomicBool,
    keys: Arc<Keys>,
    entropy: Entropy,
    places: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Passwords {
    /// `cost`: as it was set, or measured; `None`: neither yet.
    pub(in crate::store) fn new(cost: Option<Cost>, keys: Arc<Keys>, entropy: Entropy) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            cost: ArcSwap::from_pointee(cost.unwrap_or_default()),
            calibrated: AtomicBool::new(cost.is_some()),
            keys,
            entropy,
            // Half of the cores, so that whoever signs in slows nobody else down.
            places: Arc::new(Semaphore::new((cores / 2).clamp(1, AT_ONCE_MAX))),
            waiting: Arc::default(),
        }
    }

    fn is_calibrated(&self) -> bool {
        self.calibrated.load(Ordering::Relaxed)
    }

    fn set_cost(&self, cost: Cost) {
        self.cost.store(Arc::new(cost));
        self.calibrated.store(true, Ordering::Relaxed);
    }

    /// What hashes cost now.
    pub fn cost(&self) -> Cost {
        **self.cost.load()
    }

    /// What is to be stored of a password.
    ///
    /// Errors: `RateLimited` when too many wait.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let peppered = self.keys.pepper(password.reveal());
        let salt: [u8; SALT_BYTES] = self.entropy.bytes();
        let cost = self.cost();
        self.beside(move || hash(cost, &peppered, &salt)).await?
    }

    /// Whether the password is the one of that hash. Without a hash it takes as long, and is
    /// wrong.
    ///
    /// Errors: `RateLimited` when too many wait.
    pub async fn verify(&self, stored: Option<String>, password: &Password) -> Result<Verdict> {
        let peppered = self.keys.pepper(password.reveal());
        let salt: [u8; SALT_BYTES] = self.entropy.bytes();
        let cost = self.cost();
        self.beside(move || match stored {
            Some(stored) => verify(cost, &peppered, &stored),
            None => hash(cost, &peppered, &salt).map(|_| Verdict::Wrong),
        })
        .await?
    }

    /// Runs `work` on a thread of its own when it is its turn.
    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let Ok(place) = self.place().await else {
            return Err(Error::new(
                Kind::RateLimited,
                Reason::RateLimited,
                "As many people are signing in as the server takes at once; try again in a few \
                 seconds.",
            )
            .with_retry_after(RETRY_SECONDS));
        };
        let (send, receive) = oneshot::channel();
        std::thread::Builder::new()
            .name("password".to_owned())
            .spawn(move || {
                // Requests go first where both want a core. Where that is forbidden they share.
                let _ = rustix::process::nice(NICENESS);
                // Who stopped waiting is told nothing.
                let _ = send.send(work());
                drop(place);
            })
            .map_err(Error::internal)?;
        receive.await.map_err(Error::internal)
    }

    async fn place(&self) -> Result<tokio::sync::OwnedSemaphorePermit, ()> {
        let turn = Turn::take(&self.waiting)?;
        let place = Arc::clone(&self.places).acquire_owned().await;
        drop(turn);
        place.map_err(|_| ())
    }
}

/// A place among those who wait, given back when it is dropped, as when the client goes away.
struct Turn(Arc<AtomicUsize>);

impl Turn {
    fn take(waiting: &Arc<AtomicUsize>) -> Result<Self, ()> {
        let turn = Self(Arc::clone(waiting));
        if waiting.fetch_add(1, Ordering::Relaxed) < WAITING_MAX {
            Ok(turn)
        } else {
            Err(())
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn hasher(cost: Cost) -> Result<Argon2<'static>> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, Some(HASH_BYTES));
    let params = params.map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(cost: Cost, peppered: &Zeroizing<[u8; 32]>, salt: &[u8]) -> Result<String> {
    let hash = hasher(cost)?.hash_password_with_salt(&**peppered, salt);
    let hash: PasswordHash = hash.map_err(|error| Error::internal(error.to_string()))?;
    Ok(hash.to_string())
}

fn verify(cost: Cost, peppered: &Zeroizing<[u8; 32]>, stored: &str) -> Result<Verdict> {
    let failed = |what: String| Error::internal(format!("a stored password hash: {what}"));
    let parsed = PasswordHash::new(stored).map_err(|error| failed(error.to_string()))?;
    let params = Params::try_from(&parsed).map_err(|error| failed(error.to_string()))?;
    let wrong = Argon2::default()
        .verify_password(&**peppered, &parsed)
        .is_err();
    let cheap = params.m_cost() < cost.memory_kib || params.t_cost() < cost.passes;
    if let Some(rest) = rest_of(cost, &params).filter(|_| wrong) {
        // Or it could be told from a name that nobody has, which costs what hashes cost now.
        hash(rest, peppered, &[0; SALT_BYTES])?;
    }
    Ok(match (wrong, cheap) {
        (true, _) => Verdict::Wrong,
        (false, true) => Verdict::RightButCheap,
        (false, false) => Verdict::Right,
    })
}

/// What is left of `cost` when a hash of those parameters was computed already.
fn rest_of(cost: Cost, done: &Params) -> Option<Cost> {
    let work = |memory: u32, passes: u32| u64::from(memory) * u64::from(passes);
    let rest =
        work(cost.memory_kib, cost.passes).checked_sub(work(done.m_cost(), done.t_cost()))?;
    let passes = u32::try_from(rest / u64::from(cost.memory_kib.max(1))).ok()?;
    (passes > 0).then_some(Cost { passes, ..cost })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(cost: Cost) -> Passwords {
        Passwords::new(Some(cost), Arc::new(Keys::derive(&[7; 32])), Entropy)
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime")
            .block_on(work)
    }

    fn typed(text: &str) -> Password {
        Password::typed(text).expect("a password")
    }

    #[test]
    fn a_password_is_right_for_its_own_hash_under_its_own_key() {
        run(async {
            let here = passwords(Cost::LEAST);
            let hash = here.hash(&typed("four lamps")).await.expect("a hash");
            assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
            let verdict = |stored: Option<&str>, text: &str| {
                let (stored, password) = (stored.map(str::to_owned), typed(text));
                let here = &here;
                async move { here.verify(stored, &password).await.expect("a verdict") }
            };
            assert_eq!(verdict(Some(&hash), "four lamps").await, Verdict::Right);
            assert_eq!(verdict(Some(&hash), "Four lamps").await, Verdict::Wrong);
            assert_eq!(verdict(None, "four lamps").await, Verdict::Wrong);
            let elsewhere =
                Passwords::new(Some(Cost::LEAST), Arc::new(Keys::derive(&[8; 32])), Entropy);
            let stolen = elsewhere.verify(Some(hash), &typed("four lamps")).await;
            assert_eq!(stolen.expect("a verdict"), Verdict::Wrong);
        });
    }

    #[test]
    fn a_hash_that_was_cheaper_is_told() {
        run(async {
            let before = passwords(Cost::LEAST);
            let hash = before.hash(&typed("four lamps")).await.expect("a hash");
            let now = passwords(Cost {
                passes: 2,
                ..Cost::LEAST
            });
            let verdict = now.verify(Some(hash), &typed("four lamps")).await;
            assert_eq!(verdict.expect("a verdict"), Verdict::RightButCheap);
        });
    }

    #[test]
    fn a_wrong_password_costs_what_it_costs_now_however_cheap_the_hash_was() {
        let now = Cost {
            memory_kib: 64,
            passes: 5,
        };
        let params = |memory, passes| Params::new(memory, passes, 1, None).expect("parameters");
        assert_eq!(rest_of(now, &params(64, 5)), None);
        assert_eq!(rest_of(now, &params(64, 6)), None);
        assert_eq!(
            rest_of(now, &params(64, 2)),
            Some(Cost { passes: 3, ..now })
        );
        assert_eq!(
            rest_of(now, &params(32, 2)),
            Some(Cost { passes: 4, ..now })
        );
    }

    #[test]
    fn one_more_than_may_wait_is_refused() {
        let waiting = Arc::default();
        let turns: Vec<_> = (0..WAITING_MAX).map(|_| Turn::take(&waiting)).collect();
        assert!(turns.iter().all(Result::is_ok));
        assert!(Turn::take(&waiting).is_err());
        drop(turns);
        assert!(Turn::take(&waiting).is_ok());
    }
}

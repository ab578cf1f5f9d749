//! The data folder: whose it is, who may look into it, and that one process has it open.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::keys::Keys;
use super::open::OpenError;
use crate::env::Entropy;

/// Where the link of the first run is left until it is used.
pub const SETUP_URL_FILE: &str = "setup-url";

/// A data folder that this process has locked.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    // Held for its lock: the kernel lets go of it when the process ends, however it ends.
    _lock: File,
}

impl DataFolder {
    /// Makes the folder when it is missing (mode 0700), checks that only its owner can look
    /// into it, and locks it.
    ///
    /// Errors: [`OpenError::Insecure`] (unless `allow_insecure`), [`OpenError::Locked`],
    /// [`OpenError::Io`].
    pub fn open(path: &Path, allow_insecure: bool) -> Result<Self, OpenError> {
        let failed =
            |what: &str, error| OpenError::Io(format!("{what} {}: {error}", path.display()));
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| failed("cannot make the data folder", error))?;
        if !allow_insecure {
            check_folder(path)?;
        }
        let lock = private_file()
            .create(true)
            .truncate(false)
            .open(path.join("provost.lock"))
            .map_err(|error| failed("cannot open the lock file in", error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::Locked(path.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed("cannot lock", error)),
        }
        let folder = Self {
            path: path.to_owned(),
            _lock: lock,
        };
        if !allow_insecure {
            folder.check_files()?;
        }
        Ok(folder)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn database(&self) -> PathBuf {
        self.path.join("provost.db")
    }

    pub fn anchors(&self) -> PathBuf {
        self.path.join("anchors.log")
    }

    pub fn backups(&self) -> PathBuf {
        self.path.join("backups")
    }

    /// Leaves the link of the first run where the owner of the folder finds it.
    pub fn write_setup_url(&self, url: &str) -> std::io::Result<()> {
        write_durably(
            &self.path.join(SETUP_URL_FILE),
            format!("{url}\n").as_bytes(),
        )
    }

    /// The link was used, or is not needed any more.
    pub fn remove_setup_url(&self) {
        // Mostly there is none.
        if fs::remove_file(self.path.join(SETUP_URL_FILE)).is_ok() {
            tracing::debug!("the link of the first run was removed");
        }
    }

    /// Reads `server.key`, and makes it when there is no database yet that it could belong to.
    pub fn keys(&self, entropy: &Entropy) -> Result<Arc<Keys>, OpenError> {
        let path = self.path.join("server.key");
        let mut secret = Zeroizing::new([0_u8; Keys::SECRET_BYTES]);
        match File::open(&path) {
            Ok(mut file) => {
                let mut bytes = Zeroizing::new(Vec::new());
                file.read_to_end(&mut bytes)
                    .map_err(|error| OpenError::Io(format!("cannot read server.key: {error}")))?;
                if bytes.len() != Keys::SECRET_BYTES {
                    return Err(OpenError::Key(format!(
                        "{} holds {} bytes, not {}: restore it from the backup",
                        path.display(),
                        bytes.len(),
                        Keys::SECRET_BYTES
                    )));
                }
                secret.copy_from_slice(&bytes);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if self.database().exists() {
                    return Err(OpenError::Key(format!(
                        "{} is missing, and the tokens in the database need it: restore it from \
                         the backup",
                        path.display()
                    )));
                }
                *secret = entropy.bytes();
                write_durably(&path, &*secret)
                    .map_err(|error| OpenError::Io(format!("cannot write server.key: {error}")))?;
            }
            Err(error) => return Err(OpenError::Io(format!("cannot open server.key: {error}"))),
        }
        Ok(Arc::new(Keys::derive(&secret)))
    }

    fn check_files(&self) -> Result<(), OpenError> {
        for name in [
            "server.key",
            SETUP_URL_FILE,
            "provost.db",
            "provost.db-wal",
            "provost.db-shm",
        ] {
            let path = self.path.join(name);
            let Ok(meta) = fs::metadata(&path) else {
                continue;
            };
            if meta.mode() & 0o077 != 0 {
                return Err(OpenError::Insecure(format!(
                    "{} can be read by others (mode {:o}): chmod 600 it",
                    path.display(),
                    meta.mode() & 0o777
                )));
            }
        }
        Ok(())
    }
}

fn check_folder(path: &Path) -> Result<(), OpenError> {
    let meta = fs::metadata(path)
        .map_err(|error| OpenError::Io(format!("cannot look at {}: {error}", path.display())))?;
    if meta.mode() & 0o077 != 0 {
        return Err(OpenError::Insecure(format!(
            "{} can be entered by others (mode {:o}): chmod 700 it",
            path.display(),
            meta.mode() & 0o777
        )));
    }
    let me = rustix::process::geteuid();
    if meta.uid() != me.as_raw() {
        return Err(OpenError::Insecure(format!(
            "{} belongs to user {}, not to user {} who runs Provost: chown it",
            path.display(),
            meta.uid(),
            me.as_raw()
        )));
    }
    Ok(())
}

/// Options for a file that nobody else may read.
pub(in crate::store) fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

/// Writes a new file so that after a power cut it is there whole or not at all.
pub(in crate::store) fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = private_file()
        .create(true)
        .truncate(true)
        .open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_folder_of(path)
}

/// Makes the name of `path` durable.
pub(in crate::store) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

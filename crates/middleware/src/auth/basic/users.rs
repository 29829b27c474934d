//! [`Users`]: names, hashes and scopes.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;

use hyperserve_core::Principal;

use super::super::AuthError;
use super::SCHEME;
use super::hash::PasswordHash;

/// Who may come in, with what password, and with what scopes.
#[derive(Clone, Default)]
#[must_use]
pub struct Users {
    known: HashMap<String, User>,
    names: Vec<String>,
    /// Chooses whose hash an unknown name is checked against.
    choice: RandomState,
}

#[derive(Clone)]
struct User {
    hash: PasswordHash,
    principal: Principal,
}

impl Users {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a user by the hash of the password: argon2id or argon2i in PHC form (`$argon2id$…`), or bcrypt (`$2a$`, `$2b$`,
    /// `$2y$`).
    ///
    /// # Errors
    ///
    /// [`AuthError`] for other hashes, for such as cost more than 1 GiB, 100 passes or bcrypt's 16, for a name that nobody
    /// could send (with a colon or a control character), and for one that is there already.
    pub fn with_user(mut self, name: impl Into<String>, hash: &str) -> Result<Self, AuthError> {
        self.add(name.into(), hash).map_err(AuthError::new)?;
        Ok(self)
    }

    /// Sets the scopes of a user.
    ///
    /// # Errors
    ///
    /// [`AuthError`] for a name that is not there.
    pub fn with_scopes<T: Into<String>>(
        mut self,
        name: &str,
        scopes: impl IntoIterator<Item = T>,
    ) -> Result<Self, AuthError> {
        match self.known.get_mut(name) {
            Some(user) => user.principal = user.principal.clone().with_scopes(scopes),
            None => return Err(AuthError::new(format!("there is no user {name:?} to have scopes"))),
        }
        Ok(self)
    }

    /// Reads lines of `name:hash`, as `htpasswd -B` writes them. Empty lines and such as begin with `#` are passed over.
    ///
    /// # Errors
    ///
    /// [`AuthError`] for what [`Users::with_user`] does not take, with the number of the line.
    pub fn parse_htpasswd(text: &str) -> Result<Self, AuthError> {
        let mut users = Self::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let told = |why: String| AuthError::new(format!("line {}: {why}", number + 1));
            let (name, hash) = line.split_once(':').ok_or_else(|| told("is not `name:hash`".to_owned()))?;
            users.add(name.to_owned(), hash).map_err(told)?;
        }
        Ok(users)
    }

    /// Reads such a file. This waits for the disk: call it before serving, or on a thread for that.
    ///
    /// # Errors
    ///
    /// [`AuthError`] if the file cannot be read, and as [`Users::parse_htpasswd`].
    pub fn read_htpasswd(path: impl AsRef<Path>) -> Result<Self, AuthError> {
        let path = path.as_ref();
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| AuthError::new(format!("cannot read {shown}: {error}")).with_source(error))?;
        Self::parse_htpasswd(&text).map_err(|error| AuthError::new(format!("{shown}: {error}")))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    fn add(&mut self, name: String, hash: &str) -> Result<(), String> {
        if name.contains(|c: char| c == ':' || c.is_control()) {
            return Err(format!("the name {name:?} has a colon or a control character; choose another"));
        }
        if self.known.contains_key(&name) {
            return Err(format!("the user {name:?} is there twice; keep one"));
        }
        let hash = PasswordHash::parse(hash).map_err(|why| format!("the hash of {name:?} {why}"))?;
        let principal = Principal::new(name.clone()).with_scheme(SCHEME);
        self.names.push(name.clone());
        self.known.insert(name, User { hash, principal });
        Ok(())
    }

    /// What to check the password of this name against, and who it is if that matches.
    ///
    /// For a name that is not known it is somebody's hash, always the same for one name: so it takes the time that somebody's
    /// takes, whatever hashes there are (CVE-2026-27480 of another server was that it took none).
    pub(super) fn hash_for(&self, name: &str) -> (Option<&PasswordHash>, Option<&Principal>) {
        if let Some(user) = self.known.get(name) {
            return (Some(&user.hash), Some(&user.principal));
        }
        let count = self.names.len().max(1) as u64;
        let place = usize::try_from(self.choice.hash_one(name) % count).unwrap_or_default();
        let stand_in = self.names.get(place).and_then(|name| self.known.get(name));
        (stand_in.map(|user| &user.hash), None)
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Users").field("len", &self.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::tests::cheap_argon2;
    use super::*;

    #[test]
    fn files_of_htpasswd_are_read() {
        let hash = cheap_argon2("pw");
        let text = format!("# people\n\nada:{hash}\r\n  bob:{hash}\n");
        let users = Users::parse_htpasswd(&text).unwrap().with_scopes("ada", ["admin"]).unwrap();
        assert_eq!(users.len(), 2);
        let (_, ada) = users.hash_for("ada");
        assert!(ada.unwrap().has_scope("admin"));
        assert!(users.with_scopes("eve", ["admin"]).is_err());
    }

    #[test]
    fn errors_have_the_line_and_no_hash() {
        let good = cheap_argon2("pw");
        for (line, why) in [
            ("ada", "line 2: is not `name:hash`"),
            ("ada:plain", "line 2: the hash of \"ada\" is no argon2 or bcrypt hash"),
            (&format!("bob:{good}"), "line 2: the user \"bob\" is there twice"),
        ] {
            let error = Users::parse_htpasswd(&format!("bob:{good}\n{line}\n")).unwrap_err().to_string();
            assert!(error.starts_with(why) && !error.contains(&good), "{error}");
        }
        assert!(Users::new().with_user("a:b", &good).is_err());
        let error = Users::read_htpasswd("/does/not/exist").unwrap_err().to_string();
        assert!(error.starts_with("cannot read /does/not/exist: "), "{error}");
    }

    #[test]
    fn unknown_names_have_a_hash_of_somebody_and_are_nobody() {
        let users = Users::new().with_user("ada", &cheap_argon2("pw")).unwrap();
        let (hash, nobody) = users.hash_for("eve");
        assert!(hash.unwrap().matches(b"pw") && nobody.is_none());
        assert!(Users::new().hash_for("eve").0.is_none());
    }
}

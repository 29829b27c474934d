//! [`PasswordHash`]: what stands in the place of a password.

use argon2::{Argon2, Params, PasswordHash as Phc, PasswordVerifier as _};

/// Hashes that cost more are taken for mistakes: 1 GiB of memory, 100 passes, 64 lanes, bcrypt's 16 (seconds).
const ARGON2_KIB: u32 = 1024 * 1024;
const ARGON2_PASSES: u32 = 100;
const ARGON2_LANES: u32 = 64;
const BCRYPT_COST: u32 = 16;

/// A hash that can be checked against.
#[derive(Clone)]
pub(super) enum PasswordHash {
    /// In PHC form, `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
    Argon2(Box<str>),
    /// `$2b$12$` and 53 characters; `$2a$` and `$2y$` as well.
    Bcrypt(Box<str>),
}

impl PasswordHash {
    /// The error says what to do.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.starts_with("$argon2") {
            argon2(text)
        } else if text.starts_with("$2") {
            bcrypt(text)
        } else if text.starts_with("$apr1$") || text.starts_with("{SHA}") {
            Err("is of MD5 or SHA-1, which are broken; make it anew with `htpasswd -B`")
        } else {
            Err("is no argon2 or bcrypt hash; make one with `htpasswd -B` or `argon2`")
        }
    }

    pub(super) const fn as_str(&self) -> &str {
        match self {
            Self::Argon2(text) | Self::Bcrypt(text) => text,
        }
    }

    /// Takes tens of milliseconds. bcrypt reads 72 bytes of a password, as it does everywhere.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        match self {
            Self::Argon2(text) => Argon2::default().verify_password(password, &**text).is_ok(),
            Self::Bcrypt(text) => bcrypt::verify(password, text).unwrap_or(false),
        }
    }
}

fn argon2(text: &str) -> Result<PasswordHash, &'static str> {
    const BAD: &str = "is a malformed argon2 hash";
    if text.starts_with("$argon2d$") {
        return Err("is of argon2d, which leaks by its timing; make it anew with argon2id");
    }
    let phc = Phc::new(text).map_err(|_| BAD)?;
    if phc.hash.is_none() || phc.salt.is_none() {
        return Err(BAD);
    }
    let params = Params::try_from(&phc).map_err(|_| BAD)?;
    let costs_too_much =
        params.m_cost() > ARGON2_KIB || params.t_cost() > ARGON2_PASSES || params.p_cost() > ARGON2_LANES;
    if costs_too_much {
        return Err("is an argon2 hash that costs more than 1 GiB, 100 passes or 64 lanes; make it anew");
    }
    Ok(PasswordHash::Argon2(text.into()))
}

fn bcrypt(text: &str) -> Result<PasswordHash, &'static str> {
    let parts: bcrypt::HashParts = text.parse().map_err(|_| "is a malformed bcrypt hash")?;
    match parts.get_cost() {
        4..=BCRYPT_COST => Ok(PasswordHash::Bcrypt(text.into())),
        _ => Err("is a bcrypt hash whose cost is not 4 to 16; make it anew"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A hash that takes no time, for tests of other things.
    pub(in super::super) fn cheap_argon2(password: &str) -> String {
        use argon2::PasswordHasher as _;
        let argon2 = Argon2::from(Params::new(64, 1, 1, None).unwrap());
        argon2.hash_password_with_salt(password.as_bytes(), b"0123456789abcdef").unwrap().to_string()
    }

    #[test]
    fn hashes_of_other_programs_match() {
        // A test vector of argon2's reference implementation, and what the crypt(3) of Linux makes.
        for (hash, password) in [
            (
                "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                &b"password"[..],
            ),
            ("$2b$05$DCq7YPn5Rq63x1Lad4cll.WZA5kgsO4kNAz0lbvl8gMazdAq1vzE2", b""),
            ("$2b$05$m0CrhHm10qJ3lXRY.5zDGOAqUKnMTrSF75QMUJt86UyYZb08DKhIq", b"a"),
            ("$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC", b"myPassword"),
        ] {
            let parsed = PasswordHash::parse(hash).expect(hash);
            assert!(parsed.matches(password), "{hash}");
            assert!(!parsed.matches(b"another"), "{hash}");
        }
    }

    #[test]
    fn other_hashes_say_what_to_do() {
        for (hash, why) in [
            ("", "is no argon2 or bcrypt hash"),
            ("plain", "is no argon2 or bcrypt hash"),
            ("$apr1$salt$hash", "make it anew with `htpasswd -B`"),
            ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "make it anew with `htpasswd -B`"),
            ("$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "timing"),
            ("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ", "malformed"),
            (
                "$argon2id$v=19$m=2097152,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "costs",
            ),
            ("$2b$31$DCq7YPn5Rq63x1Lad4cll.WZA5kgsO4kNAz0lbvl8gMazdAq1vzE2", "cost"),
            ("$2b$12$short", "malformed"),
        ] {
            let error = PasswordHash::parse(hash).err().expect(hash);
            assert!(error.contains(why), "{hash}: {error}");
        }
    }

    #[test]
    fn a_hash_of_ours_matches() {
        assert!(PasswordHash::parse(&cheap_argon2("correct horse")).unwrap().matches(b"correct horse"));
    }
}

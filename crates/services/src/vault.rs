//! What is kept encrypted: AES-256-GCM, each value bound to its place. A master key encrypts the
//! organizations' data keys, a data key what is secret of one organization.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::OrganizationId;
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

const LENGTH: usize = 32;
/// Of what follows: a nonce, then the text with its tag.
const FORMAT: u8 = 1;

type Bytes = Zeroizing<[u8; LENGTH]>;

/// The key of the whole server. It is never in the database.
pub struct MasterKey(Bytes);

/// The key of one organization.
pub(crate) struct DataKey(Bytes);

/// Where an encrypted value stands: moved elsewhere it cannot be opened.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub table: &'static str,
    pub column: &'static str,
    pub row: Uuid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "write 32 random bytes in base64 or as 64 hexadecimal digits, for example from \
     `openssl rand -base64 32`"
)]
pub struct InvalidMasterKey;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum VaultError {
    #[error("what is encrypted cannot be opened with this key")]
    Sealed,
    #[error("the system gives no random numbers")]
    Random,
}

impl MasterKey {
    /// As people and files have it: 32 bytes as they are, or written in base64 or hexadecimal.
    pub fn read(given: &[u8]) -> Result<Self, InvalidMasterKey> {
        if let Ok(bytes) = <[u8; LENGTH]>::try_from(given) {
            return Ok(Self(Zeroizing::new(bytes)));
        }
        let text = std::str::from_utf8(given).map_err(|_| InvalidMasterKey)?;
        let text = text.trim();
        let bytes = match text.len() {
            64 => hexadecimal(text),
            _ => STANDARD.decode(text).ok().map(Zeroizing::new),
        };
        let bytes = bytes.ok_or(InvalidMasterKey)?;
        let bytes = <[u8; LENGTH]>::try_from(bytes.as_slice()).map_err(|_| InvalidMasterKey)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// A new data key, and the same as it is kept.
    pub(crate) fn new_data_key(
        &self,
        organization: OrganizationId,
    ) -> Result<(DataKey, Vec<u8>), VaultError> {
        let mut bytes = Bytes::default();
        getrandom::fill(&mut bytes[..]).map_err(|_| VaultError::Random)?;
        let sealed = seal(&self.0, of_data_key(organization), &bytes[..])?;
        Ok((DataKey(bytes), sealed))
    }

    pub(crate) fn open_data_key(
        &self,
        organization: OrganizationId,
        sealed: &[u8],
    ) -> Result<DataKey, VaultError> {
        let bytes = open(&self.0, of_data_key(organization), sealed)?;
        let bytes = <[u8; LENGTH]>::try_from(bytes.as_slice()).map_err(|_| VaultError::Sealed)?;
        Ok(DataKey(Zeroizing::new(bytes)))
    }

    /// A data key that was encrypted with `old`, encrypted with this one.
    pub(crate) fn reseal(
        &self,
        old: &Self,
        organization: OrganizationId,
        sealed: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let key = old.open_data_key(organization, sealed)?;
        seal(&self.0, of_data_key(organization), &key.0[..])
    }
}

impl DataKey {
    pub fn seal(&self, place: Place, text: &str) -> Result<Vec<u8>, VaultError> {
        seal(&self.0, place, text.as_bytes())
    }

    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<String>, VaultError> {
        let bytes = open(&self.0, place, sealed)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| VaultError::Sealed)?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

fn of_data_key(organization: OrganizationId) -> Place {
    Place {
        table: "data_keys",
        column: "sealed",
        row: organization.0,
    }
}

impl Place {
    fn aad(self) -> Aad<Vec<u8>> {
        let Self { table, column, row } = self;
        Aad::from(format!("overmind/{table}/{column}/{row}").into_bytes())
    }
}

fn cipher(key: &Bytes) -> Result<RandomizedNonceKey, VaultError> {
    RandomizedNonceKey::new(&AES_256_GCM, &key[..]).map_err(|_| VaultError::Random)
}

fn seal(key: &Bytes, place: Place, bytes: &[u8]) -> Result<Vec<u8>, VaultError> {
    let mut text = bytes.to_vec();
    // It encrypts in place: what was clear is overwritten.
    let nonce = cipher(key)?
        .seal_in_place_append_tag(place.aad(), &mut text)
        .map_err(|_| VaultError::Random)?;
    let nonce: &[u8; NONCE_LEN] = nonce.as_ref();
    Ok([&[FORMAT][..], &nonce[..], &text].concat())
}

fn open(key: &Bytes, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (nonce, text) = sealed
        .strip_prefix(&[FORMAT])
        .and_then(|rest| rest.split_at_checked(NONCE_LEN))
        .ok_or(VaultError::Sealed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Sealed)?;
    let mut text = Zeroizing::new(text.to_vec());
    let opened = cipher(key)?
        .open_in_place(nonce, place.aad(), &mut text)
        .map_err(|_| VaultError::Sealed)?
        .len();
    text.truncate(opened);
    Ok(text)
}

fn hexadecimal(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let bytes = text.as_bytes().chunks_exact(2).map(|pair| {
        let value = digit(pair[0])? * 16 + digit(pair[1])?;
        u8::try_from(value).ok()
    });
    bytes.collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn data_key(number: u8) -> DataKey {
        DataKey(Zeroizing::new([number; LENGTH]))
    }

    fn place(row: u128) -> Place {
        Place {
            table: "connections",
            column: "sealed_key",
            row: Uuid::from_u128(row),
        }
    }

    proptest! {
        #[test]
        fn opens_what_it_sealed_and_shows_nothing(text in ".{8,200}", row: u128) {
            let sealed = data_key(1).seal(place(row), &text).unwrap();
            let opened = data_key(1).open(place(row), &sealed).unwrap();
            prop_assert_eq!(opened.as_str(), text.as_str());
            let shown = sealed.windows(text.len()).any(|part| part == text.as_bytes());
            prop_assert!(!shown);
            let again = data_key(1).seal(place(row), &text).unwrap();
            prop_assert_ne!(sealed, again, "never the same nonce");
        }

        #[test]
        fn any_flipped_bit_is_noticed(text in ".{0,60}", at: prop::sample::Index, bit in 0_u8..8) {
            let mut sealed = data_key(1).seal(place(7), &text).unwrap();
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert_eq!(data_key(1).open(place(7), &sealed), Err(VaultError::Sealed));
        }

        #[test]
        fn any_part_of_it_is_nothing(text in ".{0,60}", at: prop::sample::Index) {
            let sealed = data_key(1).seal(place(7), &text).unwrap();
            let part = &sealed[..at.index(sealed.len())];
            prop_assert_eq!(data_key(1).open(place(7), part), Err(VaultError::Sealed));
        }

        #[test]
        fn another_row_or_key_does_not_open_it(text in ".{0,60}", row: u128) {
            let sealed = data_key(1).seal(place(row), &text).unwrap();
            let elsewhere = data_key(1).open(place(row ^ 1), &sealed);
            prop_assert_eq!(elsewhere, Err(VaultError::Sealed));
            let other_key = data_key(2).open(place(row), &sealed);
            prop_assert_eq!(other_key, Err(VaultError::Sealed));
        }
    }

    #[test]
    fn another_table_or_column_does_not_open_it() {
        let sealed = data_key(1).seal(place(7), "sk-secret").unwrap();
        for (table, column) in [("webhooks", "sealed_key"), ("connections", "base_url")] {
            let moved = Place {
                table,
                column,
                ..place(7)
            };
            assert_eq!(data_key(1).open(moved, &sealed), Err(VaultError::Sealed));
        }
    }

    #[test]
    fn a_data_key_is_its_organizations_and_survives_a_new_master_key() {
        let master = |number| MasterKey::read(&[number; LENGTH]).unwrap();
        let organization = |number| OrganizationId(Uuid::from_u128(number));
        let (key, sealed) = master(1).new_data_key(organization(1)).unwrap();
        let secret = key.seal(place(1), "sk-secret").unwrap();
        let opened = master(1).open_data_key(organization(1), &sealed).unwrap();
        assert_eq!(
            opened.open(place(1), &secret).unwrap().as_str(),
            "sk-secret"
        );
        assert!(master(1).open_data_key(organization(2), &sealed).is_err());
        assert!(master(2).open_data_key(organization(1), &sealed).is_err());

        let resealed = master(2).reseal(&master(1), organization(1), &sealed);
        let resealed = resealed.unwrap();
        let opened = master(2).open_data_key(organization(1), &resealed).unwrap();
        assert_eq!(
            opened.open(place(1), &secret).unwrap().as_str(),
            "sk-secret"
        );
        assert!(master(1).open_data_key(organization(1), &resealed).is_err());
        let wrong = master(2).reseal(&master(3), organization(1), &sealed);
        assert_eq!(wrong, Err(VaultError::Sealed));
    }

    #[test]
    fn master_keys_are_read_as_people_write_them() {
        let bytes = [0xab; LENGTH];
        let base64 = STANDARD.encode(bytes);
        let hex = "aB".repeat(LENGTH);
        for given in [
            &bytes[..],
            base64.as_bytes(),
            hex.as_bytes(),
            format!(" {base64}\n").as_bytes(),
        ] {
            assert_eq!(*MasterKey::read(given).unwrap().0, bytes);
        }
        let short = STANDARD.encode([1; 31]);
        for given in ["", "secret", "correct horse battery staple", short.as_str()] {
            assert_eq!(
                MasterKey::read(given.as_bytes()).err(),
                Some(InvalidMasterKey)
            );
        }
        let shown = format!("{:?}", MasterKey::read(&bytes).unwrap());
        assert_eq!(shown, "MasterKey(…)");
    }
}

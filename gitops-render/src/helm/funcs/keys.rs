//! New private keys, made of the chance that a render is given: equal chance gives equal keys.

use num_bigint::BigUint;
use rcgen::{KeyPair, PublicKeyData, SignatureAlgorithm, SigningKey};

use super::super::template::Random;
use super::pem::{EC_P256, ED25519, element, wrapped};
use super::rsa::RsaKey;

/// The order of the curve P-256 (FIPS 186-4, D.1.2.3).
const P256_ORDER: &[u8] = b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// A private key.
#[derive(Debug)]
pub(super) enum Key {
    Rsa(Box<RsaKey>),
    /// Of any other kind, or of an unusual form.
    Other(KeyPair),
}

impl Key {
    /// The key that PKCS#8 holds.
    pub(super) fn read(pkcs8: Vec<u8>) -> Result<Self, String> {
        if let Some(key) = RsaKey::read(&pkcs8) {
            return Ok(Self::Rsa(Box::new(key)));
        }
        KeyPair::try_from(pkcs8).map(Self::Other).map_err(|error| error.to_string())
    }

    /// The key in PKCS#8.
    pub(super) fn pkcs8(&self) -> &[u8] {
        match self {
            Self::Rsa(key) => key.pkcs8(),
            Self::Other(key) => key.serialized_der(),
        }
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::Rsa(key) => key.der_bytes(),
            Self::Other(key) => key.der_bytes(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::Rsa(key) => key.algorithm(),
            Self::Other(key) => PublicKeyData::algorithm(key),
        }
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self {
            Self::Rsa(key) => key.sign(message),
            Self::Other(key) => key.sign(message),
        }
    }
}

/// An RSA key of 2048 bits.
pub(super) fn rsa_2048(random: &mut dyn Random) -> Result<Key, String> {
    RsaKey::make_2048(random).map(|key| Key::Rsa(Box::new(key)))
}

/// An RSA key of 4096 bits.
pub(super) fn rsa_4096(random: &mut dyn Random) -> Result<Key, String> {
    RsaKey::make_4096(random).map(|key| Key::Rsa(Box::new(key)))
}

/// A key on the curve P-256.
pub(super) fn ecdsa(random: &mut dyn Random) -> Result<Key, String> {
    let order = BigUint::parse_bytes(P256_ORDER, 16).unwrap_or_default();
    // With twice the bits, no scalar is likelier than another to speak of.
    let mut chance = [0; 64];
    random.fill(&mut chance);
    let scalar = BigUint::from_bytes_be(&chance) % (order - 1u32) + 1u32;
    let mut secret = [0; 32];
    let bytes = scalar.to_bytes_be();
    secret[32 - bytes.len()..].copy_from_slice(&bytes);
    let key = |public: &[u8]| {
        let parts = [element(0x02, &[1]), element(0x04, &secret), public.to_vec()];
        wrapped(EC_P256, &element(0x30, &parts.concat()))
    };
    let public = Key::read(key(&[]))?.der_bytes().to_vec();
    let public = element(0x03, &[&[0][..], &public].concat());
    Key::read(key(&element(0xa1, &public)))
}

/// A key on the curve of Ed25519.
pub(super) fn ed25519(random: &mut dyn Random) -> Result<Key, String> {
    let mut seed = [0; 32];
    random.fill(&mut seed);
    Key::read(wrapped(ED25519, &element(0x04, &seed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Chance(u8);

    impl Random for Chance {
        fn fill(&mut self, bytes: &mut [u8]) {
            for byte in bytes {
                self.0 = self.0.wrapping_mul(5).wrapping_add(113);
                *byte = self.0;
            }
        }
    }

    #[test]
    fn equal_chance_gives_equal_keys_and_other_chance_others() {
        for make in [rsa_2048, ecdsa, ed25519] {
            let der = |chance: u8| make(&mut Chance(chance)).unwrap().pkcs8().to_vec();
            assert_eq!(der(1), der(1));
            assert_ne!(der(1), der(2));
        }
    }

    #[test]
    fn an_rsa_key_has_all_its_bits() {
        // A modulus of 256 bytes makes a public key of 270: two lengths and the exponent besides.
        assert_eq!(rsa_2048(&mut Chance(3)).unwrap().der_bytes().len(), 270);
    }
}

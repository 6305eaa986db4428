//! New private keys, made of the chance that a render is given: equal chance gives equal keys.

use std::thread;

use crypto_bigint::{Encoding, RandomBits, RandomMod, U1024, U2048, UnsignedWithMontyForm};
use crypto_primes::{
    Flavor,
    hazmat::{SetBits, SmallFactorsSieveFactory},
    is_prime, sieve_and_find,
};
use num_bigint::BigUint;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use rcgen::KeyPair;

use super::super::template::Random;
use super::pem::{EC_P256, ED25519, RSA, element, wrapped};

/// The public exponent of every RSA key, as Go takes it.
const EXPONENT: u32 = 65_537;

/// The order of the curve P-256 (FIPS 186-4, D.1.2.3).
const P256_ORDER: &[u8] = b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// An RSA key of 2048 bits.
pub(super) fn rsa_2048(random: &mut dyn Random) -> Result<KeyPair, String> {
    rsa::<U1024>(random)
}

/// An RSA key of 4096 bits.
pub(super) fn rsa_4096(random: &mut dyn Random) -> Result<KeyPair, String> {
    rsa::<U2048>(random)
}

/// A key on the curve P-256.
pub(super) fn ecdsa(random: &mut dyn Random) -> Result<KeyPair, String> {
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
    let public = read(key(&[]))?.public_key_raw().to_vec();
    let public = element(0x03, &[&[0][..], &public].concat());
    read(key(&element(0xa1, &public)))
}

/// A key on the curve of Ed25519.
pub(super) fn ed25519(random: &mut dyn Random) -> Result<KeyPair, String> {
    let mut seed = [0; 32];
    random.fill(&mut seed);
    read(wrapped(ED25519, &element(0x04, &seed)))
}

fn read(pkcs8: Vec<u8>) -> Result<KeyPair, String> {
    KeyPair::try_from(pkcs8).map_err(|error| error.to_string())
}

// Two primes of `P::BITS` bits and what follows from them (RFC 8017, 3.2).
fn rsa<P>(random: &mut dyn Random) -> Result<KeyPair, String>
where
    P: UnsignedWithMontyForm + RandomBits + RandomMod + Encoding + Send,
{
    let mut seed = || {
        let mut seed = [0; 32];
        random.fill(&mut seed);
        seed
    };
    let (first, second) = (seed(), seed());
    let (p, q) = thread::scope(|scope| {
        let q = scope.spawn(move || prime::<P>(second));
        (prime::<P>(first), q.join().unwrap_or_else(|_| Err("a thread failed".to_owned())))
    });
    let (p, q) = (p?, q?);
    let (p, q) = if p < q { (q, p) } else { (p, q) };
    let (below_p, below_q) = (&p - 1u32, &q - 1u32);
    let exponent = BigUint::from(EXPONENT);
    let inverse = |of: &BigUint, modulus: &BigUint| {
        of.modinv(modulus).ok_or_else(|| "two primes are the same".to_owned())
    };
    let private = inverse(&exponent, &(&below_p * &below_q))?;
    let (of_p, of_q) = (&private % &below_p, &private % &below_q);
    let coefficient = inverse(&q, &p)?;
    let modulus = &p * &q;
    let numbers = [&modulus, &exponent, &private, &p, &q, &of_p, &of_q, &coefficient];
    let mut parts = element(0x02, &[0]);
    for number in numbers {
        parts.extend(integer(number));
    }
    read(wrapped(RSA, &element(0x30, &parts)))
}

// A prime with its two highest bits set, so that the product of two has all the bits wanted.
fn prime<P>(seed: [u8; 32]) -> Result<BigUint, String>
where
    P: UnsignedWithMontyForm + RandomBits + RandomMod + Encoding,
{
    let bits = u32::try_from(8 * P::zero().to_be_bytes().as_ref().len()).unwrap_or_default();
    let factory = SmallFactorsSieveFactory::new(Flavor::Any, bits, SetBits::TwoMsb)
        .map_err(|error| error.to_string())?;
    let number = |found: &P| BigUint::from_bytes_be(found.to_be_bytes().as_ref());
    let mut rng = ChaCha20Rng::from_seed(seed);
    let found = sieve_and_find(&mut rng, factory, |_, candidate: &P| {
        number(candidate) % EXPONENT != BigUint::from(1u32) && is_prime(Flavor::Any, candidate)
    });
    let found = found.map_err(|error| error.to_string())?;
    found.map(|found| number(&found)).ok_or_else(|| "no prime is left".to_owned())
}

fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    element(0x02, &bytes)
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
            let der = |chance: u8| make(&mut Chance(chance)).unwrap().serialize_der();
            assert_eq!(der(1), der(1));
            assert_ne!(der(1), der(2));
        }
    }

    #[test]
    fn an_rsa_key_has_all_its_bits() {
        // A modulus of 256 bytes makes a public key of 270: two lengths and the exponent besides.
        assert_eq!(rsa_2048(&mut Chance(3)).unwrap().public_key_raw().len(), 270);
    }
}

//! RSA keys (RFC 8017): made of the chance that a render is given, read, and signed with. A signature needs no
//! chance of the system, which takes long to collect.

use crypto_bigint::{Encoding, MontyForm, Odd, PowBoundedExp, UnsignedWithMontyForm};
use crypto_bigint::{U1024, U2048, modular::Retrieve};
use crypto_primes::hazmat::{AStarBase, LucasCheck, lucas_test};
use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use super::super::template::Random;
use super::pem::{self, RSA, element, wrapped};
use super::primes::{Number, next_primes};

/// The public exponent of every key that is made, as Go takes it.
const EXPONENT: u32 = 65_537;
/// How often chance is asked for numbers with a prime near them, which nearly all have.
const STARTS_MAX: usize = 16;
/// The bits of a modulus that is signed with here.
const MODULUS_BITS: std::ops::RangeInclusive<u64> = 2048..=4096;
/// What a signature says of the hash in it: that it is SHA-256, in DER (RFC 8017, 9.2).
const SHA_256: &[u8] =
    &[0x30, 49, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 32];

/// A private key.
pub(super) struct RsaKey {
    modulus: BigUint,
    exponent: BigUint,
    private: BigUint,
    primes: [BigUint; 2],
    /// The private exponent modulo each prime less one.
    parts: [BigUint; 2],
    /// What the second prime times this gives is 1 modulo the first.
    coefficient: BigUint,
    pkcs8: Vec<u8>,
    public: Vec<u8>,
}

/// Without what is private.
impl std::fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RsaKey").field("modulus", &self.modulus).finish_non_exhaustive()
    }
}

impl RsaKey {
    /// A new key of 2048 bits.
    pub(super) fn make_2048(random: &mut dyn Random) -> Result<Self, String> {
        made::<16>(random, confirmed::<U1024, 16>)
    }

    /// A new key of 4096 bits.
    pub(super) fn make_4096(random: &mut dyn Random) -> Result<Self, String> {
        made::<32>(random, confirmed::<U2048, 32>)
    }

    /// The key that has these primes.
    fn of(primes: [BigUint; 2]) -> Option<Self> {
        let [p, q] = &primes;
        let below = [p - 1u32, q - 1u32];
        let exponent = BigUint::from(EXPONENT);
        let private = inverse_of_exponent(&(&below[0] * &below[1]))?;
        let parts = below.map(|below| &private % below);
        let coefficient = q.modinv(p)?;
        let modulus = p * q;
        Some(Self::with([modulus, exponent, private], primes, parts, coefficient))
    }

    fn with(
        [modulus, exponent, private]: [BigUint; 3],
        primes: [BigUint; 2],
        parts: [BigUint; 2],
        coefficient: BigUint,
    ) -> Self {
        let public = element(0x30, &[integer(&modulus), integer(&exponent)].concat());
        let mut key = element(0x02, &[0]);
        for number in [&modulus, &exponent, &private].into_iter().chain(&primes).chain(&parts) {
            key.extend(integer(number));
        }
        key.extend(integer(&coefficient));
        let pkcs8 = wrapped(RSA, &element(0x30, &key));
        Self { modulus, exponent, private, primes, parts, coefficient, pkcs8, public }
    }

    /// The key that PKCS#8 holds, when it is one of two primes, sound, and of the usual form and size.
    pub(super) fn read(pkcs8: &[u8]) -> Option<Self> {
        let numbers = pem::rsa_numbers(pkcs8)?;
        let [version, modulus, exponent, private, p, q, of_p, of_q, coefficient] =
            numbers.map(BigUint::from_bytes_be);
        let numbers = [modulus, exponent, private];
        let key = Self::with(numbers, [p, q], [of_p, of_q], coefficient);
        (version == BigUint::ZERO && key.is_sound() && key.pkcs8 == pkcs8).then_some(key)
    }

    fn is_sound(&self) -> bool {
        let one = BigUint::from(1u32);
        let [p, q] = &self.primes;
        let odd = |number: &BigUint| number.bit(0) && *number > one;
        let fits = |prime: &BigUint| prime.bits() <= MODULUS_BITS.end() / 2;
        let inverse = |prime: &BigUint, part: &BigUint| {
            let below = prime - 1u32;
            &self.private % &below == *part && part * &self.exponent % &below == one
        };
        odd(p)
            && odd(q)
            && fits(p)
            && fits(q)
            && p * q == self.modulus
            && MODULUS_BITS.contains(&self.modulus.bits())
            && inverse(p, &self.parts[0])
            && inverse(q, &self.parts[1])
            && self.coefficient < *p
            && &self.coefficient * q % p == one
    }

    /// The key in PKCS#8.
    pub(super) fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// Signs with SHA-256, as PKCS#1 v1.5 says.
    fn signature(&self, message: &[u8]) -> Option<Vec<u8>> {
        let size = usize::try_from(self.modulus.bits().div_ceil(8)).ok()?;
        let hash = [SHA_256, &Sha256::digest(message)].concat();
        let padding = vec![0xff; size.checked_sub(hash.len() + 3)?];
        let number = BigUint::from_bytes_be(&[&[0, 1], &padding[..], &[0], &hash].concat());
        let [p, q] = &self.primes;
        let of_p = power(&number, &self.parts[0], p)?;
        let of_q = power(&number, &self.parts[1], q)?;
        let factor = (of_p + p - &of_q % p) * &self.coefficient % p;
        let bytes = (of_q + factor * q).to_bytes_be();
        let mut signature = vec![0; size.checked_sub(bytes.len())?];
        signature.extend(bytes);
        Some(signature)
    }
}

impl rcgen::PublicKeyData for RsaKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for RsaKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.signature(message).ok_or(rcgen::Error::RemoteKeyError)
    }
}

/// Two primes of `64 * N` bits and what follows from them.
fn made<const N: usize>(
    random: &mut dyn Random,
    confirmed: fn(&Number<N>) -> bool,
) -> Result<RsaKey, String> {
    for _ in 0..STARTS_MAX {
        let starts = [start(random), start(random)];
        if let [Some(p), Some(q)] = next_primes(starts, confirmed) {
            let (p, q) = (plain(&p), plain(&q));
            let primes = if p < q { [q, p] } else { [p, q] };
            return RsaKey::of(primes).ok_or_else(|| "two primes are the same".to_owned());
        }
    }
    Err(format!("no prime is near any of {STARTS_MAX} numbers"))
}

/// An odd number with its two highest bits, so that the product of two has all the bits wanted.
fn start<const N: usize>(random: &mut dyn Random) -> Number<N> {
    let mut bytes = [[0; 8]; N];
    random.fill(bytes.as_flattened_mut());
    let mut number = bytes.map(u64::from_le_bytes);
    number[0] |= 1;
    number[N - 1] |= 3 << 62;
    number
}

/// Whether a strong probable prime to base 2 is prime, and fits the exponent: the second half of the test of
/// Baillie, Fiori and Wagstaff (2021), which no composite number is known to pass.
fn confirmed<P, const N: usize>(number: &Number<N>) -> bool
where
    P: UnsignedWithMontyForm + Encoding,
{
    let number = plain(number);
    let fits = &number % EXPONENT != BigUint::from(1u32);
    let odd = || fixed::<P>(&number).and_then(|number| Odd::new(number).into_option());
    let passes = |number| lucas_test(number, AStarBase, LucasCheck::Bpsw21).is_probably_prime();
    fits && odd().is_some_and(passes)
}

fn plain<const N: usize>(number: &Number<N>) -> BigUint {
    BigUint::from_bytes_le(number.map(u64::to_le_bytes).as_flattened())
}

fn fixed<P: Encoding>(number: &BigUint) -> Option<P> {
    let mut bytes = number.to_bytes_le();
    bytes.resize(size_of::<P::Repr>(), 0);
    P::Repr::try_from(&bytes).ok().map(P::from_le_bytes)
}

/// What the exponent times this gives is 1 modulo `modulus`. As the exponent is a small prime, a multiple of the
/// modulus is wanted that leaves all but 1 when it is divided by it.
fn inverse_of_exponent(modulus: &BigUint) -> Option<BigUint> {
    let exponent = BigUint::from(EXPONENT);
    let times = &exponent - (modulus % &exponent).modinv(&exponent)?;
    Some((modulus * times + 1u32) / exponent)
}

/// A power modulo an odd number, in a time that says nothing of the exponent.
fn power(number: &BigUint, exponent: &BigUint, modulus: &BigUint) -> Option<BigUint> {
    fn of<P>(number: &BigUint, exponent: &BigUint, modulus: &BigUint) -> Option<BigUint>
    where
        P: UnsignedWithMontyForm + Encoding,
    {
        let modulus_fixed = Odd::new(fixed::<P>(modulus)?).into_option()?;
        let params = P::MontyForm::new_params_vartime(modulus_fixed);
        let number = P::MontyForm::new(fixed::<P>(&(number % modulus))?, &params);
        let bits = u32::try_from(modulus.bits()).ok()?;
        let power = number.pow_bounded_exp(&fixed::<P>(exponent)?, bits).retrieve();
        Some(BigUint::from_bytes_le(power.to_le_bytes().as_ref()))
    }
    match modulus.bits() {
        0..=1024 => of::<U1024>(number, exponent, modulus),
        1025..=2048 => of::<U2048>(number, exponent, modulus),
        _ => None,
    }
}

/// A number in DER.
fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    element(0x02, &bytes)
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PublicKeyData as _, SigningKey as _};

    use super::*;

    /// The same byte again and again, or a row of many.
    struct Chance {
        byte: u8,
        step: u8,
    }

    impl Random for Chance {
        fn fill(&mut self, bytes: &mut [u8]) {
            for byte in bytes {
                self.byte = self.byte.wrapping_mul(5).wrapping_add(self.step);
                *byte = self.byte;
            }
        }
    }

    fn key() -> RsaKey {
        RsaKey::make_2048(&mut Chance { byte: 7, step: 113 }).unwrap()
    }

    #[test]
    fn the_primes_of_a_key_pass_the_whole_test_of_another_implementation() {
        for step in [113, 7, 29] {
            let key = RsaKey::make_2048(&mut Chance { byte: 7, step }).unwrap();
            for prime in &key.primes {
                let prime = fixed::<U1024>(prime).unwrap();
                assert!(crypto_primes::is_prime(crypto_primes::Flavor::Any, &prime), "{step}");
            }
        }
    }

    #[test]
    fn keys_sign_as_those_of_another_implementation() {
        let key = key();
        let other = KeyPair::try_from(key.pkcs8()).unwrap();
        assert_eq!(key.der_bytes(), other.der_bytes());
        for message in [&b""[..], b"a", &[0xff; 1000]] {
            assert_eq!(key.sign(message).unwrap(), other.sign(message).unwrap());
        }
    }

    #[test]
    fn a_key_is_read_again_and_an_unsound_one_is_not() {
        let key = key();
        let again = RsaKey::read(key.pkcs8()).unwrap();
        assert_eq!(again.sign(b"a"), key.sign(b"a"));
        for at in 0..key.pkcs8().len() {
            let mut bytes = key.pkcs8().to_vec();
            bytes[at] ^= 1;
            assert!(RsaKey::read(&bytes).is_none(), "{at}");
        }
    }

    #[test]
    fn the_search_for_a_prime_has_an_end() {
        // The highest number of all: after it there is none.
        let error = RsaKey::make_2048(&mut Chance { byte: 0xff, step: 4 }).unwrap_err();
        assert_eq!(error, "no prime is near any of 16 numbers");
    }

    #[test]
    fn nothing_private_is_shown() {
        let key = key();
        let shown = format!("{key:?}");
        let secrets = key.primes.iter().chain(&key.parts).chain([&key.private, &key.coefficient]);
        assert!(secrets.into_iter().all(|secret| !shown.contains(&secret.to_string())));
    }
}

//! Passwords: hashes, derived passwords and symmetric encryption.

use aes::Aes256;
use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit, generic_array::GenericArray};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::super::value::{Type, Value};
use super::args::{bytes, string};
use super::encode::{base64, unbase64};
use super::scrypt::{Memory, scrypt};
use super::{Answer, Call, Failure, Function, fixed};

const STR: &[Type] = &[Type::Str];
const STR2: &[Type] = &[Type::Str, Type::Str];
/// The cost of a bcrypt hash.
const BCRYPT_COST: u32 = 10;
/// The longest password that bcrypt takes.
const BCRYPT_BYTES_MAX: usize = 72;
/// What every master key and password is mixed with.
const SEED: &[u8] = b"com.lyndir.masterpassword";
/// The size of a block of AES.
const BLOCK: usize = 16;

pub(super) const TABLE: &[Function] = &[
    fixed("bcrypt", STR, Type::Str, |call, v| Ok(Value::text(bcrypt_hash(call, bytes(v, 0))))),
    fixed("htpasswd", STR2, Type::Str, |call, v| {
        let user = string(v, 0);
        if user.contains(':') {
            return Ok(Value::text(format!("invalid username: {user}")));
        }
        Ok(Value::text(format!("{user}:{}", bcrypt_hash(call, bytes(v, 1)))))
    }),
    fixed(
        "derivePassword",
        &[Type::Uint32, Type::Str, Type::Str, Type::Str, Type::Str],
        Type::Str,
        derive,
    ),
    fixed("encryptAES", STR2, Type::Str, encrypt),
    fixed("decryptAES", STR2, Type::Str, |_, v| decrypt(v)),
];

fn bcrypt_hash(call: &mut Call<'_>, password: &[u8]) -> String {
    if password.len() > BCRYPT_BYTES_MAX {
        return "failed to encrypt string with bcrypt: \
                bcrypt: password length exceeds 72 bytes"
            .into();
    }
    let mut salt = [0; 16];
    call.runtime.environment.random.fill(&mut salt);
    match bcrypt::hash_with_salt(password, BCRYPT_COST, salt) {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    }
}

/// The shapes of passwords of each type.
fn shapes(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters that a letter of a shape stands for.
const fn characters(letter: u8) -> &'static [u8] {
    match letter {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'A' => b"AEIOUBCDFGHJKLMNPQRSTVWXYZ",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// What all passwords of the last user are derived from, which takes long.
#[derive(Default)]
pub(crate) struct MasterKey {
    last: Option<Last>,
    memory: Memory,
}

struct Last {
    password: Vec<u8>,
    user: Vec<u8>,
    key: [u8; 64],
}

/// Without anything.
impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MasterKey").finish_non_exhaustive()
    }
}

/// The master key of a user, made once as long as no other is asked for.
fn master_key(call: &mut Call<'_>, password: &[u8], user: &[u8]) -> Result<[u8; 64], Failure> {
    let MasterKey { last, memory } = &mut call.runtime.master_key;
    if let Some(last) = last
        && last.password == password
        && last.user == user
    {
        return Ok(last.key);
    }
    let salt = [SEED, &size(user), user].concat();
    let mut key = [0; 64];
    scrypt(password, &salt, (1 << 15, 2), memory, &mut key).map_err(Failure::new)?;
    *last = Some(Last { password: password.to_vec(), user: user.to_vec(), key });
    Ok(key)
}

/// The length of a text as the algorithm takes it in.
fn size(text: &[u8]) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()
}

/// The Master Password algorithm.
fn derive(call: &mut Call<'_>, values: &[Value]) -> Answer {
    let counter = match values.first() {
        Some(Value::Uint(number, _)) => u32::try_from(*number).unwrap_or(u32::MAX),
        _ => 0,
    };
    let kind = string(values, 1);
    let Some(shapes) = shapes(&kind) else {
        return Ok(Value::text(format!("cannot find password template {kind}")));
    };
    let (password, user, site) = (bytes(values, 2), bytes(values, 3), bytes(values, 4));
    let key = master_key(call, password, user)?;
    let text = [SEED, &size(site), site, &counter.to_be_bytes()].concat();
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key)
        .map_err(|error| Failure::new(error.to_string()))?;
    mac.update(&text);
    let seed = mac.finalize().into_bytes();
    let shape = shapes[usize::from(seed[0]) % shapes.len()];
    let letters = shape.bytes().zip(seed.iter().skip(1)).map(|(letter, byte)| {
        let set = characters(letter);
        set[usize::from(*byte) % set.len()]
    });
    Ok(Value::text(letters.collect::<Vec<u8>>()))
}

fn cipher(password: &[u8]) -> Aes256 {
    let mut key = [0; 32];
    let size = password.len().min(key.len());
    key[..size].copy_from_slice(&password[..size]);
    Aes256::new(GenericArray::from_slice(&key))
}

/// AES-256 in CBC mode behind a random first block.
fn encrypt(call: &mut Call<'_>, values: &[Value]) -> Answer {
    let plain = bytes(values, 1);
    if plain.is_empty() {
        return Ok(Value::text(""));
    }
    let cipher = cipher(bytes(values, 0));
    let padding = BLOCK - plain.len() % BLOCK;
    let mut content = plain.to_vec();
    content.resize(plain.len() + padding, u8::try_from(padding).unwrap_or(0));
    let mut last = [0; BLOCK];
    call.runtime.environment.random.fill(&mut last);
    let mut out = last.to_vec();
    for chunk in content.chunks(BLOCK) {
        let mut block = GenericArray::clone_from_slice(chunk);
        block.iter_mut().zip(last).for_each(|(byte, before)| *byte ^= before);
        cipher.encrypt_block(&mut block);
        last.copy_from_slice(&block);
        out.extend_from_slice(&block);
    }
    Ok(Value::text(base64(&out)))
}

fn decrypt(values: &[Value]) -> Answer {
    let text = bytes(values, 1);
    if text.is_empty() {
        return Ok(Value::text(""));
    }
    let sealed = unbase64(text)?;
    if sealed.len() < BLOCK {
        let size = sealed.len();
        return Err(format!(
            "runtime error: slice bounds out of range [:{BLOCK}] with capacity {size}"
        )
        .into());
    }
    if sealed.len() % BLOCK != 0 {
        return Err("crypto/cipher: input not full blocks".into());
    }
    let cipher = cipher(bytes(values, 0));
    let (mut last, body) = sealed.split_at(BLOCK);
    let mut out = Vec::with_capacity(body.len());
    for chunk in body.chunks(BLOCK) {
        let mut block = GenericArray::clone_from_slice(chunk);
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(last).map(|(byte, before)| byte ^ before));
        last = chunk;
    }
    let Some(padding) = out.last().copied() else {
        return Err("runtime error: index out of range [-1]".into());
    };
    match out.len().checked_sub(usize::from(padding)) {
        Some(size) => {
            out.truncate(size);
            Ok(Value::text(out))
        }
        None => Err("runtime error: slice bounds out of range".into()),
    }
}

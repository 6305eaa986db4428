//! Certificates, and the functions that make keys. Signatures by an ECDSA key are of the system's chance:
//! no two are alike.

use std::net::IpAddr;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};

use super::super::value::{GoObject, Type, Value};
use super::args::{int, string};
use super::encode::unbase64;
use super::keys::{self, Key};
use super::strings::shown;
use super::{Answer, Call, Failure, Function, fixed, pem};

const CERTIFICATE: Type = Type::Named("sprig.certificate");
const SIGNED: &[Type] = &[Type::Str, Type::List, Type::List, Type::Int];

pub(super) const TABLE: &[Function] = &[
    fixed("genPrivateKey", &[Type::Str], Type::Str, |call, v| Ok(private_key(call, &string(v, 0)))),
    fixed("genCA", &[Type::Str, Type::Int], CERTIFICATE, |call, v| {
        new_key(call).and_then(|key| authority(call, v, &key))
    }),
    fixed("genCAWithKey", &[Type::Str, Type::Int, Type::Str], CERTIFICATE, |call, v| {
        authority(call, v, &given_key(v, 2)?)
    }),
    fixed("genSelfSignedCert", SIGNED, CERTIFICATE, |call, v| {
        new_key(call).and_then(|key| self_signed(call, v, &key))
    }),
    fixed(
        "genSelfSignedCertWithKey",
        &[Type::Str, Type::List, Type::List, Type::Int, Type::Str],
        CERTIFICATE,
        |call, v| self_signed(call, v, &given_key(v, 4)?),
    ),
    fixed(
        "genSignedCert",
        &[Type::Str, Type::List, Type::List, Type::Int, CERTIFICATE],
        CERTIFICATE,
        |call, v| new_key(call).and_then(|key| signed(call, v, &key)),
    ),
    fixed(
        "genSignedCertWithKey",
        &[Type::Str, Type::List, Type::List, Type::Int, CERTIFICATE, Type::Str],
        CERTIFICATE,
        |call, v| signed(call, v, &given_key(v, 5)?),
    ),
    fixed("buildCustomCert", &[Type::Str, Type::Str], CERTIFICATE, |_, v| custom(v)),
];

/// A certificate and its key, both in PEM.
struct Certificate {
    cert: String,
    key: String,
}

/// Without the key.
impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("cert", &self.cert).finish_non_exhaustive()
    }
}

impl GoObject for Certificate {
    fn type_name(&self) -> &'static str {
        "sprig.certificate"
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![("Cert", Value::text(&self.cert)), ("Key", Value::text(&self.key))]
    }
}

fn refused(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::new(format!("{what}: {error}"))
}

fn new_key(call: &mut Call<'_>) -> Result<Key, Failure> {
    keys::rsa_2048(&mut *call.runtime.environment.random)
        .map_err(|error| refused("error generating rsa key", error))
}

fn key_of(text: &str) -> Result<Key, String> {
    Key::read(pem::private_key(text)?)
}

fn given_key(values: &[Value], at: usize) -> Result<Key, Failure> {
    key_of(&string(values, at)).map_err(|error| refused("parsing private key", error))
}

fn private_key(call: &mut Call<'_>, kind: &str) -> Value {
    let random = &mut *call.runtime.environment.random;
    let key = match kind {
        "" | "rsa" => keys::rsa_4096(random),
        "ecdsa" => keys::ecdsa(random),
        "ed25519" => keys::ed25519(random),
        "dsa" => return Value::text("failed to generate private key: DSA is not supported"),
        kind => return Value::text(format!("Unknown type {kind}")),
    };
    Value::text(match key {
        Ok(key) => pem::printed_key(key.pkcs8()),
        Err(error) => format!("failed to generate private key: {error}"),
    })
}

/// The subject, names, times and number that each certificate has.
fn params(
    call: &mut Call<'_>,
    name: &str,
    alternatives: Vec<SanType>,
    days: i64,
) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.subject_alt_names = alternatives;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = (call.runtime.environment.clock)().as_second();
    let seconds = u64::try_from(now).unwrap_or(0);
    params.not_before = date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    let span = Duration::from_secs(days.unsigned_abs().min(1_000_000) * 86_400);
    params.not_after = if days < 0 { params.not_before - span } else { params.not_before + span };
    let mut number = [0; 16];
    call.runtime.environment.random.fill(&mut number);
    number[0] &= 0x7f;
    params.serial_number = Some(SerialNumber::from_slice(&number));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.is_ca = IsCa::ExplicitNoCa;
    params
}

fn finished(certificate: &rcgen::Certificate, key: &Key) -> Value {
    let cert = pem::encode("CERTIFICATE", certificate.der());
    Value::object(Certificate { cert, key: pem::printed_key(key.pkcs8()) })
}

fn authority(call: &mut Call<'_>, values: &[Value], key: &Key) -> Answer {
    let mut params = params(call, &string(values, 0), Vec::new(), int(values, 1));
    params.key_usages.push(KeyUsagePurpose::KeyCertSign);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate =
        params.self_signed(key).map_err(|error| refused("error creating certificate", error))?;
    Ok(finished(&certificate, key))
}

fn self_signed(call: &mut Call<'_>, values: &[Value], key: &Key) -> Answer {
    let names = alternatives(values)?;
    let params = params(call, &string(values, 0), names, int(values, 3));
    let certificate =
        params.self_signed(key).map_err(|error| refused("error creating certificate", error))?;
    Ok(finished(&certificate, key))
}

fn signed(call: &mut Call<'_>, values: &[Value], key: &Key) -> Answer {
    let field = |name: &str| match values.get(4) {
        Some(Value::Object(object)) => match object.field(name) {
            Some(Value::Str(text)) => text.to_str().into_owned(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    let cert = field("Cert");
    if pem::decode(&cert).is_none() {
        return Err("unable to decode certificate".into());
    }
    let signer =
        key_of(&field("Key")).map_err(|error| refused("error parsing private key", error))?;
    let issuer = Issuer::from_ca_cert_pem(&cert, signer)
        .map_err(|error| refused("error parsing certificate: decodedSignerCert.Bytes", error))?;
    let names = alternatives(values)?;
    let mut params = params(call, &string(values, 0), names, int(values, 3));
    params.use_authority_key_identifier_extension = true;
    let certificate = params
        .signed_by(key, &issuer)
        .map_err(|error| refused("error creating certificate", error))?;
    Ok(finished(&certificate, key))
}

/// The addresses and names that a certificate is for besides its subject.
fn alternatives(values: &[Value]) -> Result<Vec<SanType>, Failure> {
    let mut all = Vec::new();
    let list = |at: usize| values.get(at).and_then(Value::as_list);
    for address in list(1).iter().flat_map(|list| list.iter()) {
        let Value::Str(text) = address else {
            let text = shown(address);
            return Err(format!("error parsing ip: {text} is not a string").into());
        };
        let text = text.to_str();
        match text.parse::<IpAddr>() {
            Ok(address) => all.push(SanType::IpAddress(address)),
            Err(_) => return Err(format!("error parsing ip: {text}").into()),
        }
    }
    for name in list(2).iter().flat_map(|list| list.iter()) {
        let Value::Str(text) = name else {
            let text = shown(name);
            return Err(
                format!("error processing alternate dns name: {text} is not a string").into()
            );
        };
        match text.to_str().into_owned().try_into() {
            Ok(name) => all.push(SanType::DnsName(name)),
            Err(error) => return Err(refused("error creating certificate", error)),
        }
    }
    Ok(all)
}

/// A certificate and a key that are given in base64.
fn custom(values: &[Value]) -> Answer {
    let decoded = |at: usize, what: &str| {
        let bytes = unbase64(super::args::bytes(values, at));
        let text = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        text.map_err(|_| Failure::new(format!("unable to decode base64 {what}")))
    };
    let (cert, key) = (decoded(0, "certificate")?, decoded(1, "private key")?);
    if pem::decode(&cert).is_none() {
        return Err("unable to decode certificate".into());
    }
    key_of(&key).map_err(|error| refused("error parsing private key", error))?;
    Ok(Value::object(Certificate { cert, key }))
}

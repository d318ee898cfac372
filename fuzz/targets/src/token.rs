//! The texts of tokens and invite codes: one text for each credential, and nothing else is taken.

use portolan_core::id::{Id, TenantId, Uuid};
use portolan_core::token::{Bearer, BearerToken, Credential, InviteCode};
use secrecy::ExposeSecret;

use crate::texts;

/// Tries one input: a text that may be a credential, and as the bytes of one.
pub fn run(data: &[u8]) {
    let [text] = texts(data);
    if let Ok(token) = BearerToken::parse(&text) {
        assert_eq!(token.text().expose_secret(), text, "it has one text");
    }
    if let Ok(code) = InviteCode::parse(&text) {
        assert_eq!(code.text().expose_secret(), text, "it has one text");
    }
    made::<portolan_core::id::TokenKind>(data);
    made::<portolan_core::id::InviteKind>(data);
}

/// What is made of any bytes is read back, and no text near it is taken for it.
fn made<T: Credential>(data: &[u8]) {
    let byte = |at: usize| data.get(at).copied().unwrap_or_default();
    let uuid = |at: usize| Uuid::from_bytes(std::array::from_fn(|index| byte(at + index)));
    let secret = std::array::from_fn(|index| byte(32 + index));
    let made = Bearer::<T>::new(TenantId::new(uuid(0)), Id::new(uuid(16)), secret);
    let text = made.text().expose_secret().to_owned();
    let again = Bearer::<T>::parse(&text).expect("its own text");
    assert!(again.key() == made.key() && again.secret() == made.secret());
    let mut mistyped = text.into_bytes();
    let at = usize::from(byte(64)) % mistyped.len();
    mistyped[at] = if mistyped[at] == b'a' { b'b' } else { b'a' };
    let mistyped = String::from_utf8(mistyped).expect("it is ASCII");
    assert!(Bearer::<T>::parse(&mistyped).is_err(), "a mistyped text is taken");
}

/// Inputs to begin with.
pub fn seeds() -> Vec<Vec<u8>> {
    let key = |byte: u8| Uuid::from_bytes([byte; 16]);
    let token = BearerToken::new(TenantId::new(key(1)), Id::new(key(2)), [3; 32]);
    let code = InviteCode::new(TenantId::new(key(4)), Id::new(key(5)), [6; 32]);
    [token.text(), code.text()].map(|text| text.expose_secret().as_bytes().to_vec()).to_vec()
}

//! Cursors as they are once unsealed (RFC 9865 2).

use provost::domain::listing::Begin;
use provost::scim::cursor::Cursor;

pub fn run(data: &[u8]) {
    let Some(cursor) = Cursor::from_bytes(data) else {
        return;
    };
    assert!((0..=255).contains(&cursor.count));
    assert!(!matches!(cursor.begin, Begin::At(_)));
    let written = cursor.to_bytes();
    assert_eq!(Cursor::from_bytes(&written), Some(cursor));
    // Numbers may be written longer than they need to be; what we write is the shortest.
    assert!(written.len() <= data.len());
}

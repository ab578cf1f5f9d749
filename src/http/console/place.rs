//! Places in lists, as addresses carry them.

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use crate::domain::listing::{Position, SortValue};

/// For `after` in an address.
pub fn write(place: &Position) -> String {
    let key = match &place.key {
        SortValue::Integer(number) => Value::from(*number),
        SortValue::Text(text) => Value::from(text.clone()),
        // No list of the console is in an order of bytes.
        SortValue::Missing | SortValue::Bytes(_) => Value::Null,
    };
    let text = Value::from(vec![key, Value::from(place.seq)]).to_string();
    BASE64URL_NOPAD.encode(text.as_bytes())
}

/// The place of an address; `None` for what is none.
pub fn read(text: &str) -> Option<Position> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
    let (key, seq): (Value, i64) = serde_json::from_slice(&bytes).ok()?;
    let key = match key {
        Value::Null => SortValue::Missing,
        Value::Number(number) => SortValue::Integer(number.as_i64()?),
        Value::String(text) => SortValue::Text(text),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(Position { key, seq })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_again() {
        for key in [
            SortValue::Missing,
            SortValue::Integer(-5),
            SortValue::Text("é\"".to_owned()),
        ] {
            let place = Position { key, seq: 7 };
            assert_eq!(read(&write(&place)), Some(place));
        }
        for bad in ["", "x", "W10", "%%", "bnVsbA"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}

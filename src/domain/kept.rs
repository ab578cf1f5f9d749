//! What is made of a value again and again, kept with it. It is no part of the value: all are
//! equal, and a copy makes its own.

use std::sync::OnceLock;

/// What is worked out once.
#[derive(Debug, Default)]
pub struct Once<T>(OnceLock<T>);

impl<T: Copy> Once<T> {
    pub fn get(&self, work_out: impl FnOnce() -> T) -> T {
        *self.0.get_or_init(work_out)
    }
}

impl<T> Clone for Once<T> {
    fn clone(&self) -> Self {
        Self(OnceLock::new())
    }
}

impl<T> PartialEq for Once<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Once<T> {}

/// A place for the text that a door makes of the value it stands in. Where a value is read for one
/// answer alone, nothing is kept.
#[derive(Debug, Default)]
pub struct Kept(Option<OnceLock<Made>>);

#[derive(Debug)]
struct Made {
    for_whom: String,
    text: String,
}

impl Kept {
    /// For a value that many answers show.
    pub fn keeping() -> Self {
        Self(Some(OnceLock::new()))
    }

    /// Appends to `out` what `make` appends there for `for_whom`: it depends on that and on the
    /// value alone. The first one's text is kept, others' are made each time.
    pub fn push(&self, for_whom: &str, out: &mut String, make: impl FnOnce(&mut String)) {
        let Some(cell) = &self.0 else {
            return make(out);
        };
        if let Some(made) = cell.get() {
            if made.for_whom == for_whom {
                return out.push_str(&made.text);
            }
            return make(out);
        }
        let start = out.len();
        make(out);
        // Somebody else was first: theirs is kept.
        let _ = cell.set(Made {
            for_whom: for_whom.to_owned(),
            text: out[start..].to_owned(),
        });
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        match self.0 {
            Some(_) => Self::keeping(),
            None => Self(None),
        }
    }
}

impl PartialEq for Kept {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Kept {}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(kept: &Kept, for_whom: &str, text: &str) -> String {
        let mut out = "<".to_owned();
        kept.push(for_whom, &mut out, |out| out.push_str(text));
        out
    }

    #[test]
    fn the_first_text_is_kept_for_whom_it_was_made() {
        let kept = Kept::keeping();
        assert_eq!(pushed(&kept, "a", "1"), "<1");
        assert_eq!(pushed(&kept, "a", "2"), "<1");
        assert_eq!(pushed(&kept, "b", "3"), "<3");
        assert_eq!(pushed(&kept.clone(), "a", "4"), "<4");
        let not = Kept::default();
        assert_eq!(pushed(&not, "a", "1"), "<1");
        assert_eq!(pushed(&not, "a", "2"), "<2");
    }
}

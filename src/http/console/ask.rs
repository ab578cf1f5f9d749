//! The page that asks one thing before it is done: what happens, at most a few fields, and the
//! button that does it.

use askama::Template;

use super::chrome::Chrome;
use super::filters;
use super::view::{Field, Form, Input};

#[derive(Template)]
#[template(path = "pages/ask.html")]
pub struct Ask {
    pub chrome: Chrome,
    pub lead: String,
    pub form: Form,
    pub fields: Vec<Field>,
    /// The word of the button, its kind and its icon.
    pub submit: String,
    pub kind: &'static str,
    pub icon: &'static str,
    /// Where the page is left to with nothing done.
    pub cancel: String,
}

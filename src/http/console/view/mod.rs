//! What templates show, ready to be shown: texts, addresses and states, no computation. Each
//! has its macro of the same name in `templates/components/`.

mod basic;
mod form;

pub use basic::{Badge, Button, Crumb, Empty, Link, Notice, Source, Tab, Tone};
pub use form::{Choice, Field, FieldError, Form, Input, Picks};

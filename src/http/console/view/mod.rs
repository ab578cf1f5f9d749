//! What templates show, ready to be shown: texts, addresses and states, no computation. Each
//! has its macro of the same name in `templates/components/`.

mod access;
mod basic;
mod chart;
mod data;
mod form;
mod prose;
mod row;

pub use access::{
    CommitBar, Confirm, Fix, Hop, PlanRow, Policy, Preview, PreviewLine, Progress, Secret, Step,
    Verdict,
};
pub use basic::{Badge, Button, Crumb, Empty, Link, Notice, Source, Tab, Tone};
pub use chart::{Bar, Bucket, Histogram, Spark};
pub use data::{
    ActiveFilters, Column, Delta, DiffLine, Fact, FactValue, FilterChip, Filters, Pager, Sorted,
    Stat,
};
pub use form::{Choice, FORM_KEY, Field, FieldError, Form, Input, Picks, Unseen};
pub use prose::{Piece, Prose};
pub use row::{ConnectionRow, EventRow, GroupRow, LogRow, MemberRow, TokenRow};

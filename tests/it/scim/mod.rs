//! SCIM over HTTP: one file for each thing a client does, or each family of rules.

mod adopt;
mod bulk;
mod discovery;
mod errors;
mod etags;
mod external_id;
mod filter;
mod groups_create;
mod groups_delete;
mod groups_large;
mod groups_patch;
mod groups_replace;
mod hostile;
mod identity;
mod lifecycle;
mod logs;
mod me;
mod projection;
mod reserved;
mod settings;
mod users_create;
mod users_delete;
mod users_get;
mod users_list;
mod users_patch;
mod users_replace;

//! The console's lines of the route table.

use actix_web::web;

use super::{Access, Door, Route};
use crate::domain::actor::Permission;
use crate::http::{assets, console};

routes! {
    PAGES:
    Console {
        get "/" OwnOperator => console::home::home;
        get "/accounts" OwnOperator => console::accounts::accounts;
        post "/accounts" BoxAdministration => console::accounts::create;
        get "/operators" BoxAdministration => console::operators::list;
        get "/operators/new" BoxAdministration => console::operators::add::new;
        post "/operators/new" BoxAdministration => console::operators::add::add;
        get "/operators/sign-out" BoxAdministration => console::operators::act::everyone;
        post "/operators/sign-out" BoxAdministration => console::operators::act::everyone_out;
        get "/operators/{operator_id}" BoxAdministration => console::operators::show::show;
        get "/operators/{operator_id}/{act:deactivate|reactivate|reset|unlock|sign-out|link}"
            BoxAdministration => console::operators::act::ask;
        post "/operators/{operator_id}/{act:deactivate|reactivate|reset|unlock|sign-out|link}"
            BoxAdministration => console::operators::act::act;
        get "/operators/{operator_id}/place" BoxAdministration => console::operators::place::ask;
        post "/operators/{operator_id}/place" BoxAdministration => console::operators::place::act;
        get "/search" OwnOperator => console::search::everywhere;
        get "/a/{account_id}" LogsRead => console::overview::overview;
        get "/a/{account_id}/search" DirectoryRead => console::search::in_account;
        get "/a/{account_id}/members" DirectoryRead => console::members::list::list;
        get "/a/{account_id}/members.{form:csv|json|ndjson}" DirectoryRead
            => console::members::list::list;
        get "/a/{account_id}/members/new" DirectoryWrite => console::members::add::new;
        post "/a/{account_id}/members/new" DirectoryWrite => console::members::add::add;
        get "/a/{account_id}/members/bulk" DirectoryRead => console::members::bulk::again;
        post "/a/{account_id}/members/bulk" DirectoryWrite => console::members::bulk::bulk;
        get "/a/{account_id}/members/{member_id}" DirectoryRead => console::members::show::show;
        get "/a/{account_id}/members/{member_id}/groups" DirectoryRead
            => console::members::record::groups;
        get "/a/{account_id}/members/{member_id}/sync" LogsRead
            => console::members::record::sync;
        get "/a/{account_id}/members/{member_id}/history" LogsRead
            => console::members::record::history;
        get "/a/{account_id}/members/{member_id}/deactivate" DirectoryWrite
            => console::members::change::deactivate;
        post "/a/{account_id}/members/{member_id}/deactivate" DirectoryWrite
            => console::members::change::deactivated;
        get "/a/{account_id}/members/{member_id}/activate" DirectoryWrite
            => console::members::change::activate;
        post "/a/{account_id}/members/{member_id}/activate" DirectoryWrite
            => console::members::change::activated;
        get "/a/{account_id}/members/{member_id}/remove" DirectoryWrite
            => console::members::change::remove;
        post "/a/{account_id}/members/{member_id}/remove" DirectoryWrite
            => console::members::change::removed;
        get "/a/{account_id}/members/{member_id}/policies/new" DirectoryWrite
            => console::members::policies::new;
        post "/a/{account_id}/members/{member_id}/policies/new" DirectoryWrite
            => console::members::policies::add;
        get "/a/{account_id}/members/{member_id}/policies/{policy_id}" DirectoryWrite
            => console::members::policies::edit;
        post "/a/{account_id}/members/{member_id}/policies/{policy_id}" DirectoryWrite
            => console::members::policies::change;
        get "/a/{account_id}/members/{member_id}/policies/{policy_id}/remove" DirectoryWrite
            => console::members::policies::remove;
        post "/a/{account_id}/members/{member_id}/policies/{policy_id}/remove" DirectoryWrite
            => console::members::policies::removed;
        get "/login" Open => console::sessions::login;
        post "/login" Open => console::sessions::sign_in;
        post "/login/again" Open => console::sessions::sign_in_again;
        post "/logout" OwnOperator => console::sessions::logout;
        get "/confirm" OwnOperator => console::sessions::confirm;
        post "/confirm" OwnOperator => console::sessions::confirmed;
        get "/recover" Open => console::sessions::recover;
        post "/recover" Open => console::sessions::recovered;
        get "/setup" Open => console::setup::setup;
        post "/setup/you" Open => console::setup::you;
        get "/setup/factor" OwnOperator => console::setup::factor;
        post "/setup/factor" OwnOperator => console::setup::factor_set;
        post "/setup/account" BoxAdministration => console::setup::steps::account;
        post "/setup/address" BoxAdministration => console::setup::steps::address;
        post "/setup/connect" BoxAdministration => console::setup::steps::connect;
        post "/setup/finish" BoxAdministration => console::setup::steps::finish;
        get "/me" OwnOperator => console::me::me;
        get "/me/profile" OwnOperator => console::me::profile;
        post "/me/profile" OwnOperator => console::me::rename;
        post "/me/password" OwnOperator => console::me::password;
        get "/me/factors" OwnOperator => console::me::factors;
        post "/me/factors/begin" OwnOperator => console::me::begin_factor;
        get "/me/factors/confirm" OwnOperator => console::me::pending_factor;
        post "/me/factors/confirm" OwnOperator => console::me::confirm_factor;
        post "/me/factors/remove" OwnOperator => console::me::remove_factor;
        post "/me/factors/codes" OwnOperator => console::me::new_codes;
        get "/me/sessions" OwnOperator => console::me::sessions;
        post "/me/sessions" OwnOperator => console::me::end_session;
        post "/me/sessions/others" OwnOperator => console::me::end_others;
        get "/me/appearance" OwnOperator => console::me::appearance;
        post "/me/appearance" OwnOperator => console::me::set_appearance;
        get "/a/{account_id}/groups" DirectoryRead => console::groups::list::list;
        get "/a/{account_id}/groups.{form:csv|json|ndjson}" DirectoryRead
            => console::groups::list::list;
        get "/a/{account_id}/groups/new" DirectoryWrite => console::groups::edit::new;
        post "/a/{account_id}/groups/new" DirectoryWrite => console::groups::edit::create;
        get "/a/{account_id}/groups/delete" DirectoryWrite => console::groups::edit::delete;
        post "/a/{account_id}/groups/delete" DirectoryWrite => console::groups::edit::deleted;
        get "/a/{account_id}/groups/{group_id}" DirectoryRead => console::groups::show::show;
        get "/a/{account_id}/groups/{group_id}/rename" DirectoryWrite
            => console::groups::edit::rename;
        post "/a/{account_id}/groups/{group_id}/rename" DirectoryWrite
            => console::groups::edit::renamed;
        post "/a/{account_id}/groups/{group_id}/policies" DirectoryWrite
            => console::groups::policies::add;
        get "/a/{account_id}/groups/{group_id}/policies/{policy_id}" DirectoryWrite
            => console::groups::policies::edit;
        post "/a/{account_id}/groups/{group_id}/policies/{policy_id}" DirectoryWrite
            => console::groups::policies::change;
        get "/a/{account_id}/groups/{group_id}/policies/{policy_id}/remove" DirectoryWrite
            => console::groups::policies::remove;
        post "/a/{account_id}/groups/{group_id}/policies/{policy_id}/remove" DirectoryWrite
            => console::groups::policies::removed;
        get "/a/{account_id}/groups/{group_id}/members" DirectoryRead
            => console::groups::people::list;
        get "/a/{account_id}/groups/{group_id}/members.{form:csv|json|ndjson}" DirectoryRead
            => console::groups::people::list;
        get "/a/{account_id}/groups/{group_id}/members/add" DirectoryWrite
            => console::groups::membership::add;
        post "/a/{account_id}/groups/{group_id}/members/add" DirectoryWrite
            => console::groups::membership::added;
        get "/a/{account_id}/groups/{group_id}/members/remove" DirectoryWrite
            => console::groups::membership::remove;
        post "/a/{account_id}/groups/{group_id}/members/remove" DirectoryWrite
            => console::groups::membership::removed;
        get "/a/{account_id}/groups/{group_id}/sync" LogsRead => console::groups::trail::sync;
        get "/a/{account_id}/groups/{group_id}/history" LogsRead
            => console::groups::trail::history;
        get "/a/{account_id}/roles" DirectoryRead => console::roles::list::list;
        get "/a/{account_id}/roles.{form:csv|json|ndjson}" DirectoryRead
            => console::roles::list::list;
        get "/a/{account_id}/roles/new" RolesWrite => console::roles::edit::new;
        post "/a/{account_id}/roles/new" RolesWrite => console::roles::edit::create;
        get "/a/{account_id}/roles/{role_id}" DirectoryRead => console::roles::show::show;
        get "/a/{account_id}/roles/{role_id}/edit" RolesWrite => console::roles::edit::edit;
        post "/a/{account_id}/roles/{role_id}/edit" RolesWrite => console::roles::edit::edited;
        get "/a/{account_id}/roles/{role_id}/delete" RolesWrite => console::roles::edit::delete;
        post "/a/{account_id}/roles/{role_id}/delete" RolesWrite
            => console::roles::edit::deleted;
        post "/a/{account_id}/roles/{role_id}/hide" RolesWrite => console::roles::edit::hide;
        get "/a/{account_id}/explain" DirectoryRead => console::explain::explain;
        get "/a/{account_id}/log" LogsRead => console::log::list::list;
        get "/a/{account_id}/log.{form:csv|json|ndjson}" LogsRead => console::log::list::list;
        get "/a/{account_id}/log/live" LogsRead => console::log::live::live;
        get "/a/{account_id}/log/{row_id}" LogsRead => console::log::show::show;
        get "/a/{account_id}/connections" LogsRead => console::connections::list::list;
        get "/a/{account_id}/connections/new" TokensAdminister
            => console::connections::wizard::choose;
        get "/a/{account_id}/connections/new/{kind:okta|entra|authentik|generic}" TokensAdminister
            => console::connections::wizard::new;
        post "/a/{account_id}/connections/new/{kind:okta|entra|authentik|generic}" TokensAdminister
            => console::connections::wizard::create;
        get "/a/{account_id}/connections/{connection_id}" LogsRead
            => console::connections::show::show;
        post "/a/{account_id}/connections/{connection_id}/settings" ConnectionsWrite
            => console::connections::show::save;
        get "/a/{account_id}/connections/{connection_id}/setup" LogsRead
            => console::connections::wizard::setup;
        get "/a/{account_id}/connections/{connection_id}/pause" ConnectionsWrite
            => console::connections::pause::pause;
        post "/a/{account_id}/connections/{connection_id}/pause" ConnectionsWrite
            => console::connections::pause::paused;
        post "/a/{account_id}/connections/{connection_id}/resume" ConnectionsWrite
            => console::connections::pause::resumed;
        get "/a/{account_id}/connections/{connection_id}/token" TokensAdminister
            => console::connections::token::ask;
        post "/a/{account_id}/connections/{connection_id}/token" TokensAdminister
            => console::connections::token::make;
        get "/a/{account_id}/connections/{connection_id}/held" LogsRead
            => console::connections::held::held;
        post "/a/{account_id}/connections/{connection_id}/held" ConnectionsWrite
            => console::connections::held::decide;
        get "/a/{account_id}/audit" LogsRead => console::audit::list;
        get "/a/{account_id}/audit.{form:csv|json|ndjson}" LogsRead => console::audit::list;
        get "/a/{account_id}/audit/chain" LogsRead => console::audit::chain::examine;
        get "/a/{account_id}/audit/{row}" LogsRead => console::audit::entry::show;
        get "/a/{account_id}/tokens" TokensRead => console::tokens::list;
        get "/a/{account_id}/tokens.{form:csv|json|ndjson}" TokensRead => console::tokens::list;
        get "/a/{account_id}/tokens/new" TokensWrite => console::tokens::new::new;
        post "/a/{account_id}/tokens/new" TokensWrite => console::tokens::new::create;
        get "/a/{account_id}/tokens/{token_id}" TokensRead => console::tokens::show::show;
        get "/a/{account_id}/tokens/{token_id}/secret" TokensWrite
            => console::tokens::secret::show;
        get "/a/{account_id}/tokens/{token_id}/roll" TokensAdminister
            => console::tokens::show::roll;
        post "/a/{account_id}/tokens/{token_id}/roll" TokensAdminister
            => console::tokens::show::rolled;
        get "/a/{account_id}/tokens/{token_id}/switch" TokensAdminister
            => console::tokens::switch::ask;
        post "/a/{account_id}/tokens/{token_id}/switch" TokensAdminister
            => console::tokens::switch::switch;
        get "/a/{account_id}/tokens/{token_id}/revoke" TokensAdminister
            => console::tokens::show::revoke;
        post "/a/{account_id}/tokens/{token_id}/revoke" TokensAdminister
            => console::tokens::show::revoked;
        get "/a/{account_id}/settings" AccountRead => console::settings::account::show;
        post "/a/{account_id}/settings/name" AccountWrite
            => console::settings::account::rename;
        post "/a/{account_id}/settings/prefix" BoxAdministration
            => console::settings::account::prefix;
        get "/a/{account_id}/settings/safety" AccountRead => console::settings::server::safety;
        get "/a/{account_id}/settings/server" BoxAdministration
            => console::settings::server::server;
        get "/a/{account_id}/settings/about" AccountRead => console::settings::server::about;
        get "/a/{account_id}/settings/backups" BoxAdministration
            => console::settings::backups::list;
        post "/a/{account_id}/settings/backups" BoxAdministration
            => console::settings::backups::make;
        get "/a/{account_id}/migrate" DirectoryRead => console::legacy::plan::show;
        post "/a/{account_id}/migrate" DirectoryRead => console::legacy::plan::preview;
        post "/a/{account_id}/migrate/plan.{form:csv|json|tf|sh}" DirectoryRead
            => console::legacy::files::of_plan;
        get "/a/{account_id}/migrate/people" DirectoryRead => console::legacy::plan::anew;
        post "/a/{account_id}/migrate/people" DirectoryRead => console::legacy::people::of_plan;
        get "/a/{account_id}/migrate/convert" DirectoryRead => console::legacy::plan::anew;
        post "/a/{account_id}/migrate/convert" DirectoryWrite
            => console::legacy::convert::convert;
        get "/a/{account_id}/migrate/mapping" AccountWrite => console::legacy::mapping::show;
        post "/a/{account_id}/migrate/mapping" AccountWrite => console::legacy::mapping::switch;
        get "/a/{account_id}/migrate/{run_id}" DirectoryRead => console::legacy::run::show;
        get "/a/{account_id}/migrate/{run_id}/plan.{form:csv|json|tf|sh}" DirectoryRead
            => console::legacy::files::of_run;
        get "/a/{account_id}/migrate/{run_id}/people" DirectoryRead
            => console::legacy::people::of_run;
        get "/a/{account_id}/migrate/{run_id}/undo" DirectoryWrite
            => console::legacy::undo::undo;
        post "/a/{account_id}/migrate/{run_id}/undo" DirectoryWrite
            => console::legacy::undo::undone;
        get "/a/{account_id}/migrate/{run_id}/close" DirectoryWrite
            => console::legacy::close::close;
        post "/a/{account_id}/migrate/{run_id}/close" DirectoryWrite
            => console::legacy::close::closed;
        get "/static/{file}" Open => assets::serve;
    }
}

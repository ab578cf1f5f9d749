//! What to enter in each provider, in its own words and order.

use crate::admin::reply::{ConnectionView, IssuedView};
use crate::domain::connection::ProviderKind;

/// The instructions for `connection`; after its making, `issued` is the token just printed.
pub(super) fn text(connection: &ConnectionView, issued: Option<&IssuedView>) -> String {
    let token = match issued {
        Some(issued) => format!("the token above (ends in {})", issued.token.hint),
        None => "the token shown when it was made; a lost one is replaced by `provost token roll`"
            .to_owned(),
    };
    let lines = match connection.kind {
        ProviderKind::Okta => okta(&connection.base_url, &token),
        ProviderKind::Entra => entra(connection, &token),
        ProviderKind::Authentik => authentik(&connection.base_url, &token),
        ProviderKind::Generic => generic(&connection.base_url, &token),
    };
    format!("{} ({})\n{lines}", connection.name, connection.kind.name())
}

fn okta(url: &str, token: &str) -> String {
    format!(
        "  Application                  SCIM 2.0 Test App (OAuth Bearer Token), or your own with \
        SCIM\n\
         \x20 Sign On                      Application username format: Email\n\
         \x20 Provisioning > Integration   Enable API integration\n\
         \x20   SCIM 2.0 Base Url          {url}\n\
         \x20   OAuth Bearer Token         {token}\n\
         \x20   Import Groups              off\n\
         \x20 Provisioning > To App        Create Users and Deactivate Users on\n\
         \x20 Assignments                  assign the people; groups to push by Push Groups\n"
    )
}

fn entra(connection: &ConnectionView, token: &str) -> String {
    let url = &connection.base_url;
    let strict = if connection.settings.strict_upn_email {
        "  Note                         userPrincipalName and mail must be the same string, \
        letter case\n\
         \x20                              included; --strict-upn-email off lifts this\n"
    } else {
        ""
    };
    format!(
        "  Application                  Enterprise application, not in the gallery; Provisioning: \
        Automatic\n\
         \x20 Admin Credentials\n\
         \x20   Tenant URL                 {url}\n\
         \x20   Secret Token               {token}\n\
         \x20                              then Test Connection, Save\n\
         \x20 Mappings > Users             userPrincipalName to userName\n\
         \x20                              mail to emails[type eq \"work\"].value\n\
         \x20                              Switch([IsSoftDeleted], , \"False\", \"True\", \
         \"True\", \"False\") to active\n\
         {strict}\
         \x20 Users and groups             assign them; then Provisioning Status: On\n\
         \x20 Afterwards                   a cycle runs every 40 minutes; Provision on demand \
         shows one person now\n"
    )
}

fn authentik(url: &str, token: &str) -> String {
    format!(
        "  Providers > Create           SCIM Provider\n\
         \x20   URL                        {url}\n\
         \x20   Token                      {token}\n\
         \x20   Compatibility mode         Default\n\
         \x20 Applications                 add it as backchannel provider of an application\n\
         \x20 Afterwards                   the provider's page, Run sync again\n"
    )
}

fn generic(url: &str, token: &str) -> String {
    format!(
        "  Base URL                     {url}\n\
         \x20 Authorization                Bearer, with {token}\n\
         \x20 What it can do               {url}/ServiceProviderConfig\n\
         \x20 To try it                    curl -sS -o /dev/null -w '%{{http_code}}\\n' \\\n\
         \x20                                -H \"Authorization: Bearer $TOKEN\" {url}/Users\n\
         \x20                              prints 200\n"
    )
}

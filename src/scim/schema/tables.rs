//! The rows of the attribute table, in the order of RFC 7643.

use super::{Attribute, Kind, Mutability, Returned, Uniqueness};

/// A single, optional, writable string that is compared letter case aside.
const fn attr(name: &'static str, description: &'static str) -> Attribute {
    Attribute {
        name,
        description,
        kind: Kind::String,
        multi: false,
        required: false,
        case_exact: false,
        mutability: Mutability::ReadWrite,
        returned: Returned::Default,
        uniqueness: Uniqueness::None,
        canonical: &[],
        references: &[],
        subs: &[],
    }
}

impl Attribute {
    const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    const fn exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn unique(mut self) -> Self {
        self.uniqueness = Uniqueness::Server;
        self
    }

    const fn always(mut self) -> Self {
        self.returned = Returned::Always;
        self
    }

    const fn read_only(mut self) -> Self {
        self.mutability = Mutability::ReadOnly;
        self
    }

    const fn immutable(mut self) -> Self {
        self.mutability = Mutability::Immutable;
        self
    }

    const fn complex(mut self, subs: &'static [Attribute]) -> Self {
        self.kind = Kind::Complex;
        self.subs = subs;
        self
    }

    const fn multi(mut self, subs: &'static [Attribute]) -> Self {
        self.multi = true;
        self.complex(subs)
    }

    const fn refers_to(mut self, references: &'static [&'static str]) -> Self {
        self.kind = Kind::Reference;
        self.references = references;
        self
    }

    const fn one_of(mut self, canonical: &'static [&'static str]) -> Self {
        self.canonical = canonical;
        self
    }
}

const DISPLAY: Attribute = attr("display", "A name to show for the value");
const PRIMARY: Attribute = attr(
    "primary",
    "Whether this is the preferred value; true at most once",
)
.kind(Kind::Boolean);

pub(super) const COMMON: &[Attribute] = &[
    attr(
        "schemas",
        "The URNs of the schemas that the resource has attributes of",
    )
    .refers_to(&["uri"])
    .read_only()
    .always(),
    attr("id", "The identifier that the server gave")
        .exact()
        .read_only()
        .always()
        .unique(),
    attr("externalId", "The identifier that the client gave").exact(),
    attr("meta", "What the server tells of the resource")
        .complex(&[
            attr("resourceType", "User or Group").exact().read_only(),
            attr("created", "When it was made")
                .kind(Kind::DateTime)
                .read_only(),
            attr("lastModified", "When it was last changed")
                .kind(Kind::DateTime)
                .read_only(),
            attr("location", "Its address")
                .refers_to(&["uri"])
                .exact()
                .read_only(),
            attr("version", "Its entity tag").exact().read_only(),
        ])
        .read_only(),
];

const NAME: &[Attribute] = &[
    attr("formatted", "The whole name as it is shown"),
    attr("familyName", "The family name, or last name"),
    attr("givenName", "The given name, or first name"),
    attr("middleName", "The middle names"),
    attr("honorificPrefix", "The title before the name, such as Ms."),
    attr("honorificSuffix", "The suffix behind the name, such as III"),
];

const EMAIL: &[Attribute] = &[
    attr("value", "The address"),
    DISPLAY,
    attr("type", "What the address is for").one_of(&["work", "home", "other"]),
    PRIMARY,
];

const PHONE: &[Attribute] = &[
    attr("value", "The number, kept as it was sent"),
    DISPLAY,
    attr("type", "What the number is for")
        .one_of(&["work", "home", "mobile", "fax", "pager", "other"]),
    PRIMARY,
];

const IM: &[Attribute] = &[
    attr("value", "The address at the service"),
    DISPLAY,
    attr("type", "The service")
        .one_of(&["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]),
    PRIMARY,
];

const PHOTO: &[Attribute] = &[
    attr("value", "The address of the picture")
        .refers_to(&["external"])
        .exact(),
    DISPLAY,
    attr("type", "The size of the picture").one_of(&["photo", "thumbnail"]),
    PRIMARY,
];

const ADDRESS: &[Attribute] = &[
    attr("formatted", "The whole address, with line breaks"),
    attr("streetAddress", "Street, house and flat, with line breaks"),
    attr("locality", "The city"),
    attr("region", "The state or region"),
    attr("postalCode", "The postal code"),
    attr("country", "The country, as an ISO 3166-1 alpha-2 code"),
    attr("type", "What the address is for").one_of(&["work", "home", "other"]),
    PRIMARY,
];

const GROUP_OF_USER: &[Attribute] = &[
    attr("value", "The id of the group").exact().read_only(),
    attr("$ref", "The address of the group")
        .refers_to(&["Group"])
        .exact()
        .read_only(),
    attr("display", "The name of the group").read_only(),
    attr("type", "How the person is in it")
        .one_of(&["direct"])
        .read_only(),
];

const ENTITLEMENT: &[Attribute] = &[
    attr("value", "The entitlement"),
    DISPLAY,
    attr("type", "Its kind"),
    PRIMARY,
];

const ROLE: &[Attribute] = &[
    attr("value", "The name of the role").read_only(),
    attr(
        "type",
        "Whether a policy of their own grants it, or one of a group",
    )
    .one_of(&["direct", "group"])
    .read_only(),
];

const CERTIFICATE: &[Attribute] = &[
    attr("value", "The DER certificate in Base64")
        .kind(Kind::Binary)
        .exact(),
    DISPLAY,
    attr("type", "What the certificate is for"),
    PRIMARY,
];

pub(super) const USER: &[Attribute] = &[
    attr(
        "userName",
        "The name to sign in with, unique in the account, letter case aside",
    )
    .required()
    .unique(),
    attr("name", "The parts of the person's name").complex(NAME),
    attr("displayName", "The name to show"),
    attr("nickName", "The casual name"),
    attr("profileUrl", "The address of a page about the person")
        .refers_to(&["external"])
        .exact(),
    attr("title", "The job title"),
    attr(
        "userType",
        "The relation to the organisation, such as Employee",
    ),
    attr(
        "preferredLanguage",
        "The preferred languages, as in Accept-Language",
    ),
    attr(
        "locale",
        "How dates, numbers and money are shown, such as en-US",
    ),
    attr("timezone", "The time zone, such as Europe/Berlin"),
    attr("active", "Whether the person is a member of the account").kind(Kind::Boolean),
    attr("emails", "E-mail addresses").multi(EMAIL),
    attr("phoneNumbers", "Telephone numbers").multi(PHONE),
    attr("ims", "Instant messaging addresses").multi(IM),
    attr("photos", "Pictures").multi(PHOTO),
    attr("addresses", "Postal addresses").multi(ADDRESS),
    attr("groups", "The groups the person is in")
        .multi(GROUP_OF_USER)
        .read_only(),
    attr("entitlements", "Entitlements, kept for the client").multi(ENTITLEMENT),
    attr("roles", "The roles the person holds")
        .multi(ROLE)
        .read_only(),
    attr("x509Certificates", "Certificates").multi(CERTIFICATE),
];

pub(super) const ENTERPRISE: &[Attribute] = &[
    attr(
        "employeeNumber",
        "The number the organisation gave the person",
    ),
    attr("costCenter", "The cost centre"),
    attr("organization", "The organisation"),
    attr("division", "The division"),
    attr("department", "The department"),
    attr("manager", "The person's manager").complex(&[
        attr("value", "The id of the manager, kept as it was sent"),
        attr("$ref", "The address of the manager")
            .refers_to(&["User"])
            .exact(),
        attr(
            "displayName",
            "The name of the manager, kept as it was sent",
        ),
    ]),
];

pub(super) const GROUP: &[Attribute] = &[
    attr(
        "displayName",
        "The name, unique in the account, letter case aside",
    )
    .required()
    .unique(),
    attr("members", "The people in the group").multi(&[
        attr("value", "The id of the person").exact().immutable(),
        attr("$ref", "The address of the person")
            .refers_to(&["User"])
            .exact()
            .immutable(),
        attr("type", "Always User").one_of(&["User"]).immutable(),
    ]),
];

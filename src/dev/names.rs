//! Whom and what there is at Acme.

/// A small generator (xorshift*): the same seed, the same story.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn seeded(seed: u64) -> Self {
        // Small seeds would begin alike.
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    /// A number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(1).max(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    /// Milliseconds below `end`.
    pub(super) fn milliseconds(&mut self, end: i64) -> i64 {
        let end = usize::try_from(end).unwrap_or(1);
        i64::try_from(self.below(end)).unwrap_or_default()
    }

    pub(super) fn one_of<'t, T>(&mut self, things: &'t [T]) -> &'t T {
        &things[self.below(things.len())]
    }
}

/// Somebody as providers know them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    pub(super) address: String,
}

/// People in an order of their own: given and family names go round at different speeds, so
/// that no two are called the same.
pub(super) fn people(random: &mut Random, host: &str, count: usize) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::with_capacity(count);
    let shift = random.below(FAMILY.len());
    let mut place = random.below(GIVEN.len());
    while found.len() < count {
        let given = GIVEN[place % GIVEN.len()];
        let family = FAMILY[(place / GIVEN.len() * 7 + place * 11 + shift) % FAMILY.len()];
        place += 1;
        let address = format!("{}.{}@{host}", plain(given), plain(family));
        let is_operator = super::operators::ALL
            .iter()
            .any(|operator| operator.email == address);
        if !is_operator && found.iter().all(|name| name.address != address) {
            found.push(Name {
                given,
                family,
                address,
            });
        }
    }
    found
}

/// A name as it stands in an address.
fn plain(name: &str) -> String {
    let mut out = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            'á' | 'à' | 'ã' | 'å' | 'ă' => out.push('a'),
            'é' | 'è' | 'ê' => out.push('e'),
            'í' | 'ï' => out.push('i'),
            'ó' | 'ö' | 'ø' => out.push('o'),
            'ú' | 'ü' => out.push('u'),
            'ñ' => out.push('n'),
            'ç' => out.push('c'),
            'ş' => out.push('s'),
            'ł' => out.push('l'),
            'ß' => out.push_str("ss"),
            c if c.is_ascii_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}

const GIVEN: [&str; 72] = [
    "Noor",
    "Tomás",
    "Priya",
    "Jonas",
    "Aiko",
    "Lucía",
    "Femi",
    "Elena",
    "Yusuf",
    "Dana",
    "Marc",
    "Olga",
    "Chen",
    "Ingrid",
    "Rafael",
    "Amara",
    "Niklas",
    "Hana",
    "Mateo",
    "Zofia",
    "Karim",
    "Leila",
    "Björn",
    "Camille",
    "Ravi",
    "Esra",
    "Oluwaseun",
    "Greta",
    "Diego",
    "Mei",
    "Anton",
    "Fatima",
    "Hugo",
    "Saoirse",
    "Kwame",
    "Isabel",
    "Viktor",
    "Nadia",
    "Pedro",
    "Astrid",
    "Omar",
    "Jia",
    "Lars",
    "Beatriz",
    "Tariq",
    "Anneli",
    "Simone",
    "Kofi",
    "Marta",
    "Emil",
    "Shreya",
    "Paolo",
    "Linnea",
    "Ahmed",
    "Clara",
    "Dmitri",
    "Yara",
    "Felix",
    "Sunita",
    "Rosa",
    "Henrik",
    "Chiara",
    "Idris",
    "Petra",
    "Samuel",
    "Laila",
    "Gustav",
    "Ana",
    "Kenji",
    "Miriam",
    "Otto",
    "Renée",
];

const FAMILY: [&str; 67] = [
    "Haddad",
    "Reyes",
    "Raman",
    "Weber",
    "Tanaka",
    "Romero",
    "Okafor",
    "Rossi",
    "Demir",
    "Levi",
    "Dubois",
    "Petrova",
    "Wei",
    "Nilsen",
    "Carvalho",
    "Diallo",
    "Bergström",
    "Sato",
    "Álvarez",
    "Kowalska",
    "Benali",
    "Farouk",
    "Larsen",
    "Moreau",
    "Krishnan",
    "Yılmaz",
    "Adeyemi",
    "Vogel",
    "Herrera",
    "Lin",
    "Novák",
    "Rahman",
    "Martin",
    "Byrne",
    "Mensah",
    "Fuentes",
    "Horvat",
    "Khoury",
    "Silva",
    "Holm",
    "Aziz",
    "Zhang",
    "Eriksen",
    "Costa",
    "Hussain",
    "Virtanen",
    "Laurent",
    "Boateng",
    "Ferreira",
    "Keller",
    "Iyer",
    "Bianchi",
    "Ek",
    "Saleh",
    "Schmidt",
    "Orlov",
    "Nasser",
    "Brandt",
    "Gupta",
    "Marín",
    "Dahl",
    "Conti",
    "Bello",
    "Jansen",
    "O’Neill",
    "Karlsson",
    "Fischer",
];

pub(super) const DEPARTMENTS: [&str; 8] = [
    "Platform",
    "Network Edge",
    "Security",
    "Finance",
    "Web",
    "Data",
    "Support",
    "Legal",
];

pub(super) const TITLES: [&str; 10] = [
    "Engineer",
    "Senior Engineer",
    "Staff Engineer",
    "Site Reliability Engineer",
    "Analyst",
    "Product Manager",
    "Team Lead",
    "Architect",
    "Accountant",
    "Support Specialist",
];

/// A group, how many are in it, and what it gives: roles, and on what.
pub(super) struct GroupPlan {
    pub(super) name: &'static str,
    pub(super) people: usize,
    pub(super) roles: &'static [&'static str],
    /// A domain; empty: the whole account.
    pub(super) on: &'static str,
    /// A role that is denied.
    pub(super) denied: &'static str,
}

const fn group(name: &'static str, people: usize, roles: &'static [&'static str]) -> GroupPlan {
    GroupPlan {
        name,
        people,
        roles,
        on: "",
        denied: "",
    }
}

const fn scoped(
    name: &'static str,
    people: usize,
    roles: &'static [&'static str],
    on: &'static str,
) -> GroupPlan {
    GroupPlan {
        on,
        ..group(name, people, roles)
    }
}

const fn denying(
    name: &'static str,
    people: usize,
    roles: &'static [&'static str],
    denied: &'static str,
) -> GroupPlan {
    GroupPlan {
        denied,
        ..group(name, people, roles)
    }
}

pub(super) const OKTA_GROUPS: [GroupPlan; 28] = [
    group(
        "Platform Engineers",
        48,
        &["DNS", "Load Balancer", "Page Shield"],
    ),
    denying("Edge On-call", 19, &["Cache Purge", "Firewall"], "Billing"),
    group(
        "Account Owners",
        2,
        &["Super Administrator - All Privileges"],
    ),
    group(
        "Site Reliability",
        14,
        &["Log Share", "Analytics", "Cache Purge"],
    ),
    group(
        "Security Operations",
        16,
        &["Firewall", "Audit Logs Viewer", "Page Shield"],
    ),
    group(
        "Incident Response",
        9,
        &["Log Share Reader", "Bot Management (Account-Wide)"],
    ),
    scoped(
        "Shop Team",
        12,
        &["Domain Administrator"],
        "shop.acme.example",
    ),
    scoped("Shop DNS", 5, &["Domain DNS"], "shop.acme.example"),
    scoped(
        "Careers Site",
        4,
        &["Cache Domain Purge"],
        "careers.acme.example",
    ),
    scoped(
        "Status Page",
        3,
        &["Domain Administrator"],
        "status.acme.example",
    ),
    group(
        "Web Developers",
        31,
        &["Workers Editor", "Cloudflare Stream"],
    ),
    group("Workers Release Managers", 6, &["Workers Platform Admin"]),
    group(
        "Data Platform",
        17,
        &["Cloudflare R2 Admin", "Hyperdrive Admin"],
    ),
    group(
        "Data Readers",
        22,
        &["Cloudflare R2 Read", "Hyperdrive Read only"],
    ),
    group("Network Core", 8, &["Network Services Write (Magic)"]),
    group(
        "Network Observers",
        13,
        &["Network Services Read (Magic)", "Analytics"],
    ),
    group("Mail Security", 6, &["Email Security Analyst"]),
    denying(
        "Vendors, Read Only",
        11,
        &["Administrator Read Only"],
        "Audit Logs Viewer",
    ),
    group(
        "Deploy Bots",
        3,
        &["Secrets Store Deployer", "Workers Editor"],
    ),
    group(
        "Zero Trust Rollout",
        10,
        &["Cloudflare Zero Trust Read Only"],
    ),
    group("Support Tier 1", 18, &["Analytics"]),
    group("Support Tier 2", 9, &["Analytics", "Log Share Reader"]),
    group("Product Analytics", 12, &["Analytics"]),
    group("Waiting Room Editors", 4, &["Waiting Room Admin"]),
    group(
        "Certificates",
        3,
        &["SSL/TLS, Caching, Performance, Page Rules, and Customization"],
    ),
    group("Platform Interns 2025", 7, &[]),
    group("All Engineering", 96, &[]),
    group("Administrators", 3, &["Administrator"]),
];

pub(super) const ENTRA_GROUPS: [GroupPlan; 16] = [
    group("Finance EMEA", 14, &[]),
    group("Finance Americas", 11, &["Billing"]),
    group("Controllers", 4, &["Billing", "Audit Logs Viewer"]),
    group("Contractors", 26, &[]),
    denying(
        "Contractors, Web",
        9,
        &["Workers Editor"],
        "Workers Platform Admin",
    ),
    group(
        "Internal Audit",
        5,
        &["Administrator Read Only", "Audit Logs Viewer"],
    ),
    group("Legal Hold", 6, &["Audit Logs Viewer"]),
    scoped(
        "Investor Relations",
        4,
        &["Cache Domain Purge"],
        "ir.acme.example",
    ),
    group("Brand Protection", 5, &["Brand Protection"]),
    group("Trust and Safety", 8, &["Trust and Safety"]),
    group("SOC Night Shift", 7, &["Firewall", "Log Share Reader"]),
    group("Procurement", 12, &[]),
    scoped(
        "Press Room",
        5,
        &["Cache Domain Purge"],
        "press.acme.example",
    ),
    group("Risk", 6, &["Application Security Reports Read"]),
    group("Treasury", 3, &["Billing"]),
    group("Cloud Cost Board", 8, &["Billing", "Analytics"]),
];

pub(super) const LAB_GROUPS: [GroupPlan; 3] = [
    scoped(
        "Staging Owners",
        4,
        &["Domain Administrator"],
        "staging.acme.example",
    ),
    group("Lab Visitors", 8, &[]),
    group("Load Test Rig", 2, &["Load Balancing Account Read"]),
];

pub(super) const LOCAL_GROUPS: [GroupPlan; 8] = [
    group("Break Glass Reviewers", 2, &["Audit Logs Viewer"]),
    group("External Auditors", 2, &["Administrator Read Only"]),
    group("Invoice Approvers", 4, &["Invoice Approver"]),
    group("Migration Crew", 3, &["DNS", "Administrator Read Only"]),
    scoped(
        "Docs Site",
        3,
        &["Domain Administrator Read Only"],
        "docs.acme.example",
    ),
    group(
        "Terraform Operators",
        2,
        &["DNS", "Firewall", "Load Balancer"],
    ),
    group("Freeze Exceptions", 1, &["Cache Purge"]),
    group("New Office Nairobi", 0, &[]),
];

pub(super) const DOMAINS: [&str; 8] = [
    "acme.example",
    "careers.acme.example",
    "docs.acme.example",
    "ir.acme.example",
    "press.acme.example",
    "shop.acme.example",
    "staging.acme.example",
    "status.acme.example",
];

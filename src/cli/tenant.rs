//! `deskgate tenant`: the operator's customers.

use serde_json::json;

use super::exit_codes;
use super::failure::Failure;
use super::operator::login_name;
use super::output::{Sheet, instant, note, print, print_json};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::tenants::TenantOverview;
use crate::domain::group::{GroupNames, GroupPatchResponse, GroupSettings};
use crate::domain::tenant::HandmadeEmployees;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = exit_codes!())]
pub(super) enum Command {
    Create(Create),
    List(List),
    Show(Show),
    Set(Set),
    SipDomain(SipDomain),
}

/// Make a tenant
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Make a tenant: one customer of the telephone system.\n\nIt gets the connection `default`, for which \
                  `deskgate token create` makes the token that its identity provider uses.",
    after_help = concat!(
        "Example:\n  deskgate tenant create Contoso --customer-number 10001\n\n",
        exit_codes!()
    )
)]
pub(super) struct Create {
    /// The name, unique letter case aside; other commands take it as --tenant
    name: String,
    /// The customer number of the telephone system, unique
    #[arg(long, value_name = "N")]
    customer_number: String,
    #[arg(long, help = r#"Print one JSON document: {"id", "name", "customer_number", "created_at"}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// List all tenants
#[derive(Debug, clap::Args)]
#[command(long_about = "List all tenants by name.", after_help = exit_codes!())]
pub(super) struct List {
    #[arg(long, help = r#"Print one JSON document: {"tenants": [{"id", "name", "customer_number", "created_at"}]}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Show one tenant with its connections and counts
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show one tenant: its connections, how many employees it has, how many of them are locked, what is set \
                  for it, how many tokens can be used.",
    after_help = concat!("Example:\n  deskgate tenant show Contoso\n\n", exit_codes!())
)]
pub(super) struct Show {
    /// The name or the customer number
    name: String,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Change how a tenant's groups are treated
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Change how a tenant's groups are treated. What is not named stays as it is; `deskgate tenant show` \
                  tells what holds.",
    after_help = concat!(
        "Example:\n  deskgate tenant set Contoso --group-patch-response resource\n\n",
        exit_codes!()
    )
)]
pub(super) struct Set {
    /// The name or the customer number
    name: String,
    /// What answers a PATCH of a group: 204 without a body (none), or 200 with the group (resource)
    #[arg(long, value_name = "none|resource", value_parser = patch_response)]
    group_patch_response: Option<GroupPatchResponse>,
    /// Whether two groups may have one name, letter case aside: no (unique), or yes (free)
    #[arg(long, value_name = "unique|free", value_parser = group_names, required_unless_present = "group_patch_response")]
    group_names: Option<GroupNames>,
    #[arg(long, help = r#"Print one JSON document: {"group_names", "group_patch_response"}"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

/// Show or set the SIP domain of a tenant's telephones
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Show the SIP domain with which a tenant's telephones register, or set it. It is part of the hash of \
                  every device's secret, so it is set before there are any, and no two tenants share one. A tenant \
                  without devices needs none.",
    after_help = concat!(
        "Examples:\n  \
         deskgate tenant sip-domain Contoso\n  \
         deskgate tenant sip-domain Contoso contoso.pbx.example.com\n\n",
        exit_codes!()
    )
)]
pub(super) struct SipDomain {
    /// The name or the customer number
    name: String,
    /// A host name; without it, the one that is set is shown
    domain: Option<String>,
    #[arg(long, help = r#"Print one JSON document: {"sip_domain"}, null if none is set"#)]
    json: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

fn patch_response(text: &str) -> Result<GroupPatchResponse, String> {
    GroupPatchResponse::parse(text).ok_or_else(|| "this is neither none nor resource".to_owned())
}

fn group_names(text: &str) -> Result<GroupNames, String> {
    GroupNames::parse(text).ok_or_else(|| "this is neither unique nor free".to_owned())
}

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(args) => create(args).await,
        Command::List(args) => list(args).await,
        Command::Show(args) => show(args).await,
        Command::Set(args) => set(args).await,
        Command::SipDomain(args) => sip_domain(args).await,
    }
}

async fn create(args: Create) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let made = app.create_tenant(&args.name, &args.customer_number, &login_name()).await;
    app.close().await;
    let tenant = made?;
    if args.json {
        return print_json(&tenant);
    }
    print(&format!("Made the tenant {} (customer number {}).", tenant.name, tenant.customer_number))?;
    note(&format!("Next, a token for its identity provider: deskgate token create --tenant {:?}", tenant.name));
    Ok(())
}

async fn list(args: List) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let listed = app.tenants().await;
    app.close().await;
    let tenants = listed?;
    if args.json {
        return print_json(&json!({ "tenants": tenants }));
    }
    if tenants.is_empty() {
        note("There are no tenants yet. Make one: deskgate tenant create NAME --customer-number N");
        return Ok(());
    }
    let mut sheet = Sheet::new(["Tenant", "Customer number", "Made"], &[1, 2]);
    for tenant in tenants {
        sheet.row([tenant.name, tenant.customer_number, instant(tenant.created_at)]);
    }
    print(&sheet.text())
}

async fn show(args: Show) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let (found, base) = (app.tenant(&args.name).await, app.scim_base());
    app.close().await;
    let overview = found?;
    if args.json { print_json(&overview) } else { print(&describe(&overview, &base)) }
}

async fn set(args: Set) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let set = app.set_group_settings(&args.name, args.group_names, args.group_patch_response, &login_name()).await;
    app.close().await;
    let settings = set?;
    if args.json { print_json(&settings) } else { print(&describe_groups(settings)) }
}

async fn sip_domain(args: SipDomain) -> Result<(), Failure> {
    let (_log, app) = wiring::open_for_command(&args.settings.load()?).await?;
    let domain = async {
        Ok::<_, Failure>(match &args.domain {
            Some(domain) => Some(app.set_sip_domain(&args.name, domain, &login_name()).await?),
            None => app.tenant(&args.name).await?.sip_domain,
        })
    };
    let domain = domain.await;
    app.close().await;
    let domain = domain?;
    if args.json {
        print_json(&json!({ "sip_domain": domain }))
    } else {
        print(&describe_sip_domain(domain.as_deref()))
    }
}

fn describe_groups(settings: GroupSettings) -> String {
    let names = match settings.group_names {
        GroupNames::Unique => "unique",
        GroupNames::Free => "free: several may have one",
    };
    let answer = match settings.group_patch_response {
        GroupPatchResponse::None => "204 without a body (none)",
        GroupPatchResponse::Resource => "200 with the group (resource)",
    };
    format!("Group names      {names}\nGroup PATCH      {answer}\n")
}

fn describe_sip_domain(domain: Option<&str>) -> String {
    let domain = domain.unwrap_or("none yet: set one before the first device (deskgate tenant sip-domain NAME DOMAIN)");
    format!("SIP domain       {domain}\n")
}

fn describe(overview: &TenantOverview, base: &str) -> String {
    let TenantOverview {
        tenant,
        connections,
        employees,
        locked,
        groups,
        group_settings,
        hold_days,
        handmade_employees,
        sip_domain,
        active_tokens,
    } = overview;
    let connections = connections.iter().map(|connection| connection.name.as_str()).collect::<Vec<_>>().join(", ");
    let made_by_hand = match handmade_employees {
        HandmadeEmployees::Keep => "stay the administrator's if the provider sends their user names (keep)",
        HandmadeEmployees::Adopt => "become the provider's if it sends their user names (adopt)",
    };
    format!(
        "Tenant           {}\nCustomer number  {}\nMade             {}\nConnections      {connections}\n\
         Employees        {employees}, of which {locked} locked\nGroups           {groups}\n{}\
         Hold             {hold_days} days\nMade by hand     {made_by_hand}\n{}Active tokens    {active_tokens}\nSCIM base URL    {base}\n",
        tenant.name,
        tenant.customer_number,
        instant(tenant.created_at),
        describe_groups(*group_settings),
        describe_sip_domain(sip_domain.as_deref()),
    )
}

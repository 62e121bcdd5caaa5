//! `deskgate tenant`: the operator's customers.

use serde_json::json;

use super::exit_codes;
use super::failure::Failure;
use super::operator::login_name;
use super::output::{Sheet, instant, note, print, print_json};
use super::settings::DatabaseSettings;
use super::wiring;
use crate::app::tenants::TenantOverview;

#[derive(Debug, clap::Subcommand)]
#[command(after_help = exit_codes!())]
pub(super) enum Command {
    Create(Create),
    List(List),
    Show(Show),
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
    long_about = "Show one tenant: its connections, how many employees it has, how many of them are locked, how many \
                  tokens can be used.",
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

pub(super) async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(args) => create(args).await,
        Command::List(args) => list(args).await,
        Command::Show(args) => show(args).await,
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

fn describe(overview: &TenantOverview, base: &str) -> String {
    let TenantOverview { tenant, connections, employees, locked, active_tokens } = overview;
    let connections = connections.iter().map(|connection| connection.name.as_str()).collect::<Vec<_>>().join(", ");
    format!(
        "Tenant           {}\nCustomer number  {}\nMade             {}\nConnections      {connections}\n\
         Employees        {employees}, of which {locked} locked\nActive tokens    {active_tokens}\n\
         SCIM base URL    {base}\n",
        tenant.name,
        tenant.customer_number,
        instant(tenant.created_at),
    )
}

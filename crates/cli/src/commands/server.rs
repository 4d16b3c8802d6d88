//! `serve`, `migrate`, `print-config`, `healthcheck`, `openapi`: running the suite on this machine.

use crate::exit::{Exit, Failure, Result};
use crate::out;
use crate::remote::Remote;
use crate::{serve, settings};
use clap::Args;
use std::path::PathBuf;
use store_kit::{Store, StoreConfig};

/// Where the settings come from.
#[derive(Args)]
pub struct Config {
    /// Settings file; ./lianjian.toml when it is there (配置文件)
    #[arg(long, env = "LIANJIAN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Config {
    fn load(&self) -> Result<settings::Loaded> {
        settings::load(self.config.as_deref())
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian serve\n  LIANJIAN_GATEWAY_ADDR=0.0.0.0:8080 lianjian serve --config /etc/lianjian.toml\n  \
    lianjian serve --target catalog,subjects\n  lianjian serve --check-config\n\n\
    The first start makes the data folder, its keys and the account admin, whose one-time password is shown once.\n\
    All keys and variables: lianjian help config"
)]
pub struct Serve {
    #[command(flatten)]
    config: Config,
    /// Services to start: all, or names between commas
    #[arg(long, default_value = "all", value_name = "NAMES")]
    target: String,
    /// Check the settings, start nothing
    #[arg(long)]
    check_config: bool,
}

impl Serve {
    pub fn run(self) -> Result {
        let loaded = self.config.load()?;
        if self.check_config {
            serve::check_target(&loaded.settings, &self.target)?;
            return out::line("ok");
        }
        serve::run(loaded, &self.target)
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian migrate\n  LIANJIAN_DATABASE_URL=postgres://… lianjian migrate\n\n\
    serve does the same at its start; this is for deployments that migrate in a step of its own."
)]
pub struct Migrate {
    #[command(flatten)]
    config: Config,
}

impl Migrate {
    pub fn run(self) -> Result {
        let settings = self.config.load()?.settings;
        service_kit::telemetry::init(&settings.log);
        if settings.database_url.is_none() {
            settings::secrets::open(&settings)?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| Failure::new(Exit::Other, e.to_string()))?;
        runtime.block_on(tokio::task::LocalSet::new().run_until(async {
            for service in suite::services(settings.suite())? {
                let mut config = match &settings.database_url {
                    Some(url) => StoreConfig::postgres(service.name(), &url.0),
                    None => StoreConfig::sqlite(service.name(), &settings.data_dir),
                };
                config.ca.clone_from(&settings.database_ca);
                let store = Store::open(&config, service.migrations())
                    .await
                    .map_err(|e| Failure::new(exit_of(&e), format!("{}: {e}", service.name())))?;
                store.close();
                out::line(&format!("{} ok", service.name()))?;
            }
            Ok(())
        }))
    }
}

fn exit_of(e: &store_kit::StoreError) -> Exit {
    use store_kit::StoreError;
    match e {
        StoreError::InUse(_) => Exit::Conflict,
        StoreError::Unavailable(_)
        | StoreError::Timeout(_)
        | StoreError::Contention(_)
        | StoreError::Full(_) => Exit::Temporary,
        _ => Exit::Other,
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian print-config\n  lianjian print-config --config /etc/lianjian.toml"
)]
pub struct PrintConfig {
    #[command(flatten)]
    config: Config,
}

impl PrintConfig {
    pub fn run(self) -> Result {
        let loaded = self.config.load()?;
        out::bytes(settings::print::text(&loaded).as_bytes())
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian healthcheck\n  lianjian healthcheck --url http://127.0.0.1:8101\n\n\
    Exit code 0 when it can work, 5 when it cannot."
)]
pub struct Healthcheck {
    #[command(flatten)]
    remote: Remote,
}

impl Healthcheck {
    pub async fn run(self) -> Result {
        let connection = self.remote.connect_once()?;
        match clients::common::readyz(&connection).await {
            Ok(health) => out::line(health["status"].as_str().unwrap_or("ok")),
            Err(e) => Err(Failure::new(Exit::Temporary, e.message)),
        }
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples (示例):\n  lianjian openapi > lianjian.json\n  lianjian openapi --service catalog"
)]
pub struct Openapi {
    /// One service's document instead of the whole suite's
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
}

impl Openapi {
    pub fn run(self) -> Result {
        let document = match &self.service {
            None => suite::merged_document()?,
            Some(name) => {
                let all = suite::documents()?;
                let known: Vec<&str> = all.iter().map(|(n, _)| *n).collect();
                let unknown = format!("--service {name}: known are {}", known.join(", "));
                all.into_iter()
                    .find(|(n, _)| n == name)
                    .map(|(_, d)| d)
                    .ok_or_else(|| Failure::usage(unknown))?
            }
        };
        out::json(&document)
    }
}

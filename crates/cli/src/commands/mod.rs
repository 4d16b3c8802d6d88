//! The commands: `lianjian <noun> <verb>`, read by clap, each in a module of its noun.
//!
//! `serve` and its kin bring their own runtime; the others run on one thread and end with 130 when interrupted.

mod account;
mod audit;
mod check;
mod checklists;
mod draw;
mod feed;
mod forms;
mod inspectors;
mod items;
mod plans;
mod server;
mod subjects;

use crate::exit::{self, Exit, Failure, Result};
use crate::out;
use crate::settings::keys;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use std::future::Future;

const EXAMPLES: &str = "\
Examples (示例):
  lianjian serve                                  start everything on this machine (启动)
  lianjian login                                  log in as a user (登录)
  lianjian subjects import 企业名单.csv --dry-run   check a list, change nothing (试导入)
  lianjian subjects find 汉江建材                   search the registry (查询)
  lianjian check uscc 91610703PDY00001X4          check a code, no server needed (校验)

Topics (主题): lianjian help exit-codes, lianjian help config";

#[derive(Parser)]
#[command(
    name = "lianjian",
    version,
    about = "Cross-department supervision suite of a district government (跨部门综合监管)",
    after_help = EXAMPLES,
    max_term_width = 110
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the suite, or some of its services (启动服务)
    Serve(server::Serve),
    /// Bring the databases up to date and stop (升级数据库结构)
    Migrate(server::Migrate),
    /// Show the settings in force, without secrets (显示配置)
    PrintConfig(server::PrintConfig),
    /// Ask a running suite whether it can work (健康检查)
    Healthcheck(server::Healthcheck),
    /// Print the OpenAPI document (接口文档)
    Openapi(server::Openapi),
    /// Log in and keep the token for this user (登录)
    Login(account::Login),
    /// End the session and forget the token (退出登录)
    Logout(account::Logout),
    /// Show who is logged in (当前用户)
    Whoami(account::Whoami),
    /// Change the own password (修改密码)
    Password(account::Password),
    /// The registry of supervision subjects: import, export, find (监管对象)
    #[command(subcommand)]
    Subjects(subjects::Subjects),
    /// The catalog of supervision items: import, export (监管事项清单)
    #[command(subcommand)]
    Items(items::Items),
    /// The annual plans: import, export (年度检查计划)
    #[command(subcommand)]
    Plans(plans::Plans),
    /// The registry of inspectors: import, export (执法人员名录库)
    #[command(subcommand)]
    Inspectors(inspectors::Inspectors),
    /// Checklist templates: import, export (检查表模板)
    #[command(subcommand)]
    Checklists(checklists::Checklists),
    /// Read what has happened in a service, as NDJSON (变更订阅)
    Feed(feed::Feed),
    /// The audit log: dump it, verify a dump without a server (审计日志)
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Draws: prove one from its transcript, or repeat it, no server needed (随机抽取)
    #[command(subcommand)]
    Draw(draw::Draw),
    /// Check codes, days and deadlines, no server needed (校验)
    #[command(subcommand)]
    Check(check::Check),
    /// Print a completion script for a shell (命令补全)
    Completion(Completion),
    /// Topic: exit codes (主题：退出码)
    #[command(display_order = 1000, help_template = "{about-with-newline}")]
    ExitCodes,
    /// Topic: settings file and variables (主题：配置)
    #[command(display_order = 1000, help_template = "{about-with-newline}")]
    Config,
}

#[derive(clap::Args)]
#[command(after_help = "Examples (示例):\n  lianjian completion bash > /etc/bash_completion.d/lianjian\n  \
    lianjian completion zsh > ~/.zfunc/_lianjian\n  lianjian completion fish > ~/.config/fish/completions/lianjian.fish")]
struct Completion {
    /// The shell
    shell: clap_complete::Shell,
}

/// The command line with its topics' texts.
fn grammar() -> clap::Command {
    Arguments::command()
        .mut_subcommand("exit-codes", |c| c.long_about(exit::MANUAL))
        .mut_subcommand("config", |c| c.long_about(keys::help()))
}

/// Reads the command line and does what it says.
///
/// # Errors
/// The command's.
pub fn run() -> Result {
    let mut matches = grammar().get_matches();
    let Arguments { command } = Arguments::from_arg_matches_mut(&mut matches).unwrap_or_else(|e| e.exit());
    match command {
        Command::Serve(c) => c.run(),
        Command::Migrate(c) => c.run(),
        Command::PrintConfig(c) => c.run(),
        Command::Openapi(c) => c.run(),
        Command::Healthcheck(c) => client(c.run()),
        Command::Login(c) => client(c.run()),
        Command::Logout(c) => client(c.run()),
        Command::Whoami(c) => client(c.run()),
        Command::Password(c) => client(c.run()),
        Command::Subjects(c) => client(c.run()),
        Command::Items(c) => client(c.run()),
        Command::Plans(c) => client(c.run()),
        Command::Inspectors(c) => client(c.run()),
        Command::Checklists(c) => client(c.run()),
        Command::Feed(c) => client(c.run()),
        Command::Audit(audit::Audit::Dump(c)) => client(c.run()),
        Command::Audit(audit::Audit::Verify(c)) => c.run(),
        Command::Draw(c) => c.run(),
        Command::Check(c) => c.run(),
        Command::Completion(Completion { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut grammar(), "lianjian", &mut script);
            out::bytes(&script)
        }
        Command::ExitCodes => out::line(exit::MANUAL),
        Command::Config => out::line(&keys::help()),
    }
}

/// Runs a command that talks to a suite; Ctrl-C ends it where it stands.
fn client(command: impl Future<Output = Result>) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::new(Exit::Other, e.to_string()))?;
    runtime.block_on(async {
        tokio::select! {
            // The command first: it may have its own last words.
            biased;
            done = command => done,
            _ = tokio::signal::ctrl_c() => Err(Failure::quiet(Exit::Interrupted)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_sound() {
        grammar().debug_assert();
    }

    #[test]
    fn every_level_has_examples_or_only_leads_on() {
        fn walk(command: &clap::Command, missing: &mut Vec<String>, path: &str) {
            for sub in command.get_subcommands() {
                let path = format!("{path} {}", sub.get_name());
                let is_topic = matches!(sub.get_name(), "exit-codes" | "config" | "help");
                if !is_topic && sub.get_after_help().is_none() {
                    missing.push(path.clone());
                }
                walk(sub, missing, &path);
            }
        }
        let mut missing = Vec::new();
        walk(&grammar(), &mut missing, "lianjian");
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn no_flag_takes_a_secret() {
        fn walk(command: &clap::Command) {
            for argument in command.get_arguments() {
                let name = argument.get_id().as_str();
                let is_secret = ["password", "token", "secret"].iter().any(|w| name.contains(w));
                assert!(!is_secret || name.ends_with("file"), "{} --{name}", command.get_name());
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&grammar());
    }
}

//! How far a long job is: a bar on a terminal, one JSON line every few seconds elsewhere when asked for, else nothing.
//!
//! Always on standard error. Called by import and export.

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// How progress is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// A bar on a terminal, nothing elsewhere
    #[default]
    Auto,
    /// A bar
    Bar,
    /// JSON lines
    Json,
    /// Nothing
    None,
}

/// Between two JSON lines.
const EVERY: Duration = Duration::from_secs(2);

enum Kind {
    Bar(ProgressBar),
    Json { last: Option<Instant> },
    Silent,
}

/// The progress of one phase.
pub struct Progress {
    phase: &'static str,
    kind: Kind,
    started: Instant,
    total: Option<u64>,
}

impl Progress {
    /// Begins a phase; units are bytes or rows.
    #[must_use]
    pub fn begin(mode: Mode, phase: &'static str, total: Option<u64>, is_bytes: bool) -> Self {
        let has_terminal = std::io::stderr().is_terminal();
        let kind = match mode {
            Mode::Json => Kind::Json { last: None },
            Mode::Bar => Kind::Bar(bar(phase, total, is_bytes)),
            Mode::Auto if has_terminal => Kind::Bar(bar(phase, total, is_bytes)),
            Mode::Auto | Mode::None => Kind::Silent,
        };
        Self { phase, kind, started: Instant::now(), total }
    }

    /// Shows how far it is.
    pub fn show(&mut self, done: u64, failed: u64, total: Option<u64>) {
        self.total = total.or(self.total);
        match &mut self.kind {
            Kind::Bar(bar) => {
                if let Some(total) = self.total {
                    bar.set_length(total.max(done));
                }
                bar.set_position(done);
                if failed > 0 {
                    bar.set_message(format!("{failed} {}", crate::lang::pick("行被拒绝", "rejected")));
                }
            }
            Kind::Json { last } => {
                if last.is_none_or(|l| l.elapsed() >= EVERY) {
                    *last = Some(Instant::now());
                    self.line(done, failed);
                }
            }
            Kind::Silent => {}
        }
    }

    /// Ends the phase.
    pub fn end(self, done: u64, failed: u64) {
        match &self.kind {
            Kind::Bar(bar) => bar.finish_and_clear(),
            Kind::Json { .. } => self.line(done, failed),
            Kind::Silent => {}
        }
    }

    fn line(&self, done: u64, failed: u64) {
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = if seconds > 0.0 { done as f64 / seconds } else { 0.0 };
        let eta = self.total.filter(|t| *t > done && rate > 0.0).map(|t| ((t - done) as f64 / rate).ceil());
        crate::out::note(
            &json!({"phase": self.phase, "done": done, "failed": failed, "total": self.total,
                "rate": (rate * 10.0).round() / 10.0, "eta_seconds": eta})
            .to_string(),
        );
    }
}

fn bar(phase: &'static str, total: Option<u64>, is_bytes: bool) -> ProgressBar {
    let unit =
        if is_bytes { "{bytes}/{total_bytes} {bytes_per_sec}" } else { "{human_pos}/{human_len} {per_sec}" };
    let colour = if console::colors_enabled_stderr() { ".cyan" } else { "" };
    let style =
        ProgressStyle::with_template(&format!("{{prefix}} [{{bar:30{colour}}}] {unit} ETA {{eta}} {{msg}}"));
    let bar = ProgressBar::with_draw_target(Some(total.unwrap_or(0)), ProgressDrawTarget::stderr_with_hz(8));
    bar.set_prefix(phase);
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

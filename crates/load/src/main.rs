//! `kefu-load`: exit code 0 when every promise was kept, 1 when one was broken or nothing could be
//! measured.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use kefu_load::cli::Cli;
use kefu_load::clock::Stop;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match Stop::on_signals().and_then(|stop| cli.run(&stop)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Nothing is left to tell if even this cannot be written.
            let _ = writeln!(std::io::stderr(), "kefu-load: {error}");
            ExitCode::FAILURE
        }
    }
}

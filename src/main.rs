//! The command `jaga`: arguments in, exit code out.

fn main() -> std::process::ExitCode {
    jaga::cli::main(std::env::args_os())
}

//! The binary: hands over to [`deskgate::cli`].

fn main() -> std::process::ExitCode {
    deskgate::cli::main()
}

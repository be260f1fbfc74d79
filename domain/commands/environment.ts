/** Variables that make a program load or run something else: setting one is never understood in full. */
const risky: ReadonlySet<string> = new Set(
  `PATH IFS ENV BASH_ENV BASHOPTS SHELLOPTS SHELL PS4 PS1 PS2 PS0 PROMPT_COMMAND CDPATH FPATH HOME ZDOTDIR
  PAGER MANPAGER SYSTEMD_PAGER EDITOR VISUAL BROWSER FCEDIT SUDO_EDITOR SUDO_ASKPASS SSH_ASKPASS LESSOPEN LESSCLOSE LESS
  PYTHONSTARTUP PYTHONPATH PYTHONHOME PYTHONINSPECT PYTHONBREAKPOINT PYTHONUSERBASE PYTHONWARNINGS PYTEST_ADDOPTS PYTEST_PLUGINS
  PERL5OPT PERL5LIB PERLLIB PERL5DB RUBYOPT RUBYLIB GEM_HOME GEM_PATH BUNDLE_GEMFILE
  NODE_PATH NODE_EXTRA_CA_CERTS NODE_REPL_EXTERNAL_MODULE
  JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH MAVEN_OPTS GRADLE_OPTS JAVA_OPTS
  GOFLAGS GOROOT GOPATH GOTOOLDIR GOENV GOPROXY GOTOOLCHAIN GOWORK CC CXX LD AR AS CPP FC
  RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTDOC RUSTFLAGS RUSTUP_TOOLCHAIN RUSTUP_HOME
  MAKEFLAGS GNUMAKEFLAGS MAKEFILES MFLAGS CONFIG_SITE CONFIG_SHELL
  LUA_INIT LUA_PATH LUA_CPATH TCLLIBPATH PHPRC PHP_INI_SCAN_DIR AWKPATH AWKLIBPATH VIMINIT EXINIT TERMINFO
  TAR_OPTIONS ZIPOPT UNZIP RSYNC_RSH CVS_RSH SVN_SSH RSH LOCPATH NLSPATH GCONV_PATH GETCONF_DIR OPENSSL_CONF OPENSSL_ENGINES
  POSIXLY_CORRECT DOCKER_HOST DOCKER_CONFIG KUBECONFIG CURL_HOME WGETRC
  HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy XDG_CONFIG_HOME XDG_CONFIG_DIRS
  HISTFILE INPUTRC MAILCAPS GROFF_COMMAND_OPTIONS TEXINPUTS`.split(/\s+/),
);

const riskyPrefix =
  /^(?:LD_|DYLD_|GIT_|BASH_FUNC_|npm_config_|NPM_CONFIG_|YARN_|PNPM_|COREPACK_|CARGO_|GCC_|COMPILER_|PIP_|UV_|POETRY_|ANSIBLE_|DENO_|BUN_|TS_NODE_|LUA_INIT)/;

/** Variables of the above families that only change what is shown. */
const harmless: ReadonlySet<string> = new Set([
  'GIT_AUTHOR_NAME',
  'GIT_AUTHOR_EMAIL',
  'GIT_AUTHOR_DATE',
  'GIT_COMMITTER_NAME',
  'GIT_COMMITTER_EMAIL',
  'GIT_COMMITTER_DATE',
  'GIT_TERMINAL_PROMPT',
  'GIT_OPTIONAL_LOCKS',
  'CARGO_TERM_COLOR',
  'CARGO_INCREMENTAL',
]);

const harmlessPager: ReadonlySet<string> = new Set(['', 'cat', 'true']);
const nodeFlag =
  /^--(?:experimental-vm-modules|no-warnings|disable-warning=[\w:-]+|max-old-space-size=\d+|enable-source-maps|trace-warnings|test)$/;

/**
 * Says why setting a variable can make other code run, or undefined when it cannot.
 * `value` is undefined when it is not known.
 */
export function environmentReason(name: string, value: string | undefined): string | undefined {
  const reason = `setting ${name} can make other code run`;
  if (name === 'NODE_OPTIONS') {
    const isKnown =
      value !== undefined && value.split(/\s+/).every((flag) => flag === '' || nodeFlag.test(flag));
    return isKnown ? undefined : reason;
  }
  if (name.endsWith('PAGER') && value !== undefined && harmlessPager.has(value)) return undefined;
  if (harmless.has(name)) return undefined;
  return risky.has(name) || riskyPrefix.test(name) ? reason : undefined;
}

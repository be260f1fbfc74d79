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
  HISTFILE INPUTRC MAILCAPS GROFF_COMMAND_OPTIONS TEXINPUTS
  BASH_LOADABLES_PATH EXECIGNORE GLOBIGNORE MANPATH MANOPT MANROFFOPT PERL5SHELL RUBYSHELL NODE_REPL_HISTORY
  CFLAGS CXXFLAGS CPPFLAGS LDFLAGS MAKE MAKEOVERRIDES YACC LEX RIPGREP_CONFIG_PATH ACKRC ACK_OPTIONS BAT_CONFIG_PATH
  FZF_DEFAULT_COMMAND FZF_DEFAULT_OPTS HG HGRCPATH HGPLAIN GNUPGHOME GLIBC_TUNABLES HOSTALIASES DEBUGINFOD_URLS
  JAVA_HOME ANT_OPTS ANT_ARGS SBT_OPTS GRADLE_USER_HOME R_PROFILE R_PROFILE_USER R_ENVIRON R_LIBS OPENSSL_MODULES
  MYPYPATH GTK_MODULES GIO_EXTRA_MODULES TERMINFO_DIRS TERMCAP FTP_PROXY ftp_proxy`.split(/\s+/),
);

const riskyPrefix =
  /^(?:LD_|DYLD_|GIT_|BASH_FUNC_|npm_|NPM_CONFIG_|BUNDLE_|GEM_|CGO_|CMAKE_|PKG_CONFIG|DOTNET_|CORECLR_|COMPlus_|ERL_|JULIA_|XDG_|COMPOSER_|YARN_|PNPM_|COREPACK_|CARGO_|GCC_|COMPILER_|PIP_|UV_|POETRY_|ANSIBLE_|DENO_|BUN_|TS_NODE_|LUA_INIT)/;

/** Names of programs that some program starts. */
const riskyEnd = /(?:PAGER|EDITOR|BROWSER|ASKPASS|_SHELL|_COMMAND|_WRAPPER|STARTUP_HOOKS)$/;

const any = /^/;
const onOrOff = /^(?:[01]|true|false|yes|no|on|off|)$/;
const count = /^\d{1,9}$/;
const stage = /^(?:test|testing|development|dev|production|prod|staging|ci|)$/;
const locale = /^[A-Za-z][\w@-]*(?:\.[\w-]+)?$|^$/;

/**
 * Variables that change only what is shown, or how much, with the values for which that is so. A name that a program
 * takes for a file, a module or another program does not belong here, whatever its value: a file can have any name.
 */
const harmless: ReadonlyMap<string, RegExp> = new Map<string, RegExp>([
  ...list(
    'GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE',
    any,
  ),
  ...list(
    `CI CONTINUOUS_INTEGRATION NO_COLOR CLICOLOR CLICOLOR_FORCE GIT_TERMINAL_PROMPT GIT_OPTIONAL_LOCKS CARGO_INCREMENTAL
    CGO_ENABLED DOTNET_CLI_TELEMETRY_OPTOUT DOTNET_NOLOGO PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONFAULTHANDLER
    PYTHONUTF8 PYTHONNODEBUGRANGES PYTEST_DISABLE_PLUGIN_AUTOLOAD NEXT_TELEMETRY_DISABLED DO_NOT_TRACK VERBOSE
    NODE_NO_WARNINGS`,
    onOrOff,
  ),
  ...list(
    'FORCE_COLOR COLUMNS LINES GOMAXPROCS OMP_NUM_THREADS RUST_TEST_THREADS SOURCE_DATE_EPOCH',
    count,
  ),
  ...list('NODE_ENV BABEL_ENV RAILS_ENV RACK_ENV MIX_ENV APP_ENV FLASK_ENV', stage),
  ...list('LANG LANGUAGE', locale),
  ['PYTHONHASHSEED', /^(?:random|\d{1,10})$/],
  ['PYTHONIOENCODING', /^utf-?8$/i],
  ['RUST_BACKTRACE', /^(?:0|1|full)$/],
  ['CARGO_TERM_COLOR', /^(?:auto|always|never)$/],
  ['GOOS', /^(?:linux|darwin|windows|freebsd)$/],
  ['GOARCH', /^(?:amd64|arm64|386|arm)$/],
  ['TZ', /^[A-Z][\w+-]*(?:\/[A-Z][\w+-]*){0,2}$/],
  ['TERM', /^(?:dumb|ansi|linux|vt100|xterm(?:-256color)?|screen(?:-256color)?)$/],
  ['COLORTERM', /^(?:truecolor|24bit|)$/],
  ['DEBIAN_FRONTEND', /^noninteractive$/],
  ['GIT_EDITOR', /^(?:true|:)$/],
  ['GIT_SEQUENCE_EDITOR', /^(?:true|:)$/],
  // Without separators the shell splits less than it would.
  ['IFS', /^$/],
]);

function list(names: string, values: RegExp): [string, RegExp][] {
  return names.split(/\s+/).map((name) => [name, values]);
}

function isHarmless(name: string, value: string | undefined): boolean {
  const values = /^LC_[A-Z]+$/.test(name) ? locale : harmless.get(name);
  return values !== undefined && (values === any || (value !== undefined && values.test(value)));
}

const harmlessPager: ReadonlySet<string> = new Set(['', 'cat', 'true']);
const nodeFlag =
  /^--(?:experimental-vm-modules|no-warnings|disable-warning=[\w:-]+|max-old-space-size=\d+|enable-source-maps|trace-warnings|test)$/;

/**
 * Says why setting a variable can make other code run, or undefined when it is not known to. `value` is undefined when
 * it is not known. Enough for what the shell keeps to itself, and for scripts of the repository, whose own code runs
 * anyway; for what programs get see `passedOnReason`.
 */
export function environmentReason(name: string, value: string | undefined): string | undefined {
  const reason = `setting ${name} can make other code run`;
  if (name === 'NODE_OPTIONS') {
    const isKnown =
      value !== undefined && value.split(/\s+/).every((flag) => flag === '' || nodeFlag.test(flag));
    return isKnown ? undefined : reason;
  }
  if (name.endsWith('PAGER') && value !== undefined && harmlessPager.has(value)) return undefined;
  if (isHarmless(name, value)) return undefined;
  return risky.has(name) || riskyPrefix.test(name) || riskyEnd.test(name) ? reason : undefined;
}

/**
 * Says why a variable that programs get may change what they do: every one but those that are known to change nothing
 * that matters. Programs read more variables than any list of dangerous ones can hold.
 */
export function passedOnReason(name: string, value: string | undefined): string | undefined {
  const isPager = name.endsWith('PAGER') && value !== undefined && harmlessPager.has(value);
  if (isHarmless(name, value) || isPager) return undefined;
  if (name === 'NODE_OPTIONS') return environmentReason(name, value);
  return environmentReason(name, value) ?? `setting ${name} may change what programs do`;
}

/** True for a name in the style of the environment: `PYTHON`, not `count`. */
export function looksPassedOn(name: string): boolean {
  return !/[a-z]/.test(name);
}

/**
 * Variables that commands of a sandbox have from the start, and those that make defines itself: what a makefile sets
 * by `?=` does not count for them.
 */
const setFromTheStart: ReadonlySet<string> = new Set(
  `HOME USER LOGNAME SHELL TMPDIR TERM LANG TZ PATH PWD OLDPWD CARGO_NET_OFFLINE GOPROXY GOTOOLCHAIN NODE_V8_COVERAGE
  COVERAGE_FILE COVERAGE_RCFILE RUSTUP_HOME GOMODCACHE PYTHONPYCACHEPREFIX PYTEST_ADDOPTS JAVA_HOME AR AS CC CXX CPP FC M2C PC CO GET LEX YACC LINT MAKEINFO TEX
  TEXI2DVI WEAVE CWEAVE TANGLE CTANGLE RM CURDIR MAKE MAKECMDGOALS VPATH SUFFIXES`.split(/\s+/),
);

/** True when a variable may have a value before any text sets it. */
export function maySetFromTheStart(name: string): boolean {
  return setFromTheStart.has(name) || name.startsWith('LC_');
}

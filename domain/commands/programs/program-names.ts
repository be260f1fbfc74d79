/** Folders whose programs are the known ones: a path into one of them names the same program. */
const trustedFolders = /^\/(?:usr\/(?:local\/)?)?s?bin\/([^/]+)$/;

/** Other names of the same program. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['netcat', 'nc'],
  ['nc.openbsd', 'nc'],
  ['nc.traditional', 'nc'],
  ['curl.exe', 'curl'],
  ['wget2', 'wget'],
  ['gtimeout', 'timeout'],
  ['gfind', 'find'],
  ['gxargs', 'xargs'],
  ['genv', 'env'],
  ['gsed', 'sed'],
  ['gtar', 'tar'],
  ['bsdtar', 'tar'],
  ['toybox', 'busybox'],
  ['nodejs', 'node'],
  ['gmake', 'make'],
]);

/**
 * The name a program is known by: a path into a system folder becomes its last part, other names become the usual one.
 * Undefined for a path anywhere else, which may be any program.
 */
export function programName(name: string): string | undefined {
  if (!name.includes('/')) return otherNames.get(name) ?? name;
  const base = trustedFolders.exec(name)?.[1];
  return base === undefined ? undefined : (otherNames.get(base) ?? base);
}

/** Shells that run a text given by `-c`, a file, or their input. */
export const shells = names(
  'sh bash dash zsh ksh ksh93 mksh pdksh oksh loksh lksh ash hush rbash yash fish csh tcsh posh osh ysh bash-static zsh5',
);

/** Programs that do the same whatever words they are given: no option of theirs runs or loads code. */
export const plainPrograms = names(
  `: true false echo printf test [ cat tac nl head tail wc ls dir pwd cd mkdir rmdir touch rm cp mv ln link unlink
  chmod chown chgrp basename dirname realpath readlink stat file du df date sleep seq yes uniq cut paste join tr rev fold
  fmt expand unexpand comm cmp diff colordiff grep egrep fgrep zgrep zcat xzcat bzcat gunzip gzip bzip2
  bunzip2 xz unxz zstd unzstd od hexdump xxd strings md5sum sha1sum sha256sum sha512sum b2sum cksum base64 base32 id
  whoami groups users hostname uname arch nproc uptime free ps top printenv tty which whereis type hash tee truncate
  shred mktemp mkfifo install sum shuf factor numfmt column jq tree exa eza lsof pgrep kill killall
  pkill wait jobs disown bg fg umask ulimit exit return break continue shift unset getopts times sync dd
  let local declare typeset readonly export read mapfile readarray set shopt pushd popd dirs unzip iconv dos2unix unix2dos
  logname locale getconf pathchk tokei stty clear reset tput history`,
);

/** Names that stand out among the words of a program that is not known: it may run them. */
const notable = names(
  `curl wget ssh scp sftp nc ncat socat telnet ftp rsync rm rmdir mv cp dd mkfs shred chmod chown ln tee kill killall
  pkill sudo doas su env nice ionice nohup timeout stdbuf setsid xargs parallel find eval exec bash sh dash zsh ksh fish
  busybox python python2 python3 node perl ruby php awk gawk mawk sed git gh npm npx yarn pnpm pip pip3 docker podman
  kubectl shutdown reboot poweroff halt mount umount systemctl service crontab iptables cat echo printf ls touch mkdir
  tar zip unzip gcc cc go cargo deno bun lua tclsh osascript nsenter unshare chroot strace gdb vim vi ed ex useradd
  usermod passwd apt apt-get yum dnf apk brew gem`,
);

/** True for a name that the words of an unknown program must not hold, or the program may run it. */
export function isNotable(name: string): boolean {
  const known = /\/([^/]+)$/.exec(name)?.[1] ?? name;
  return notable.has(programName(known) ?? known) || /^(?:mkfs\.|python[\d.]+$|nc\.)/.test(known);
}

/** Programs that are known well enough that their words cannot be a command of another program. */
export const knownTools = names(
  `jest vitest mocha ava tap tape eslint prettier oxlint oxfmt biome tsc tsup esbuild rollup vite webpack rimraf
  mkdirp knip typedoc playwright cypress pytest unittest mypy ruff black flake8 pylint isort cargo rustc
  rustfmt clippy-driver go gofmt golangci-lint staticcheck gotestsum gcc g++ cc clang clang++ ld ar as nm objdump cmake
  gradle mvn javac phpunit rake rspec rubocop swiftlint ktlint shellcheck shfmt yamllint markdownlint
  hadolint actionlint tar zip sort split csplit rg fd fdfind man patch openssl sqlite3 ctags ag ack bat diff3 cpio
  ctest cloc
  pip pip3 pyflakes compileall json.tool doctest build tput time`,
);

/** Programs that open connections in ways that are not followed. */
export const networkPrograms = names(
  `sftp ftp tftp lftp telnet socat rlogin rsh rexec aria2c axel lynx w3m links elinks http https xh rclone gsutil aws az
  gcloud smbclient mosh croc ngrok cloudflared chisel websocat openvpn
  ping ping6 fping arping host dig drill kdig nslookup whois finger traceroute tracepath mtr nmap masscan hping3 logger
  snmpget snmpset ldapsearch mosquitto_pub mosquitto_sub kcat grpcurl httpie curlie hurl wscat ab wrk hey siege vegeta k6
  mail mailx mutt neomutt msmtp swaks sendmail exim postfix telegram-send gh glab hub hut heroku vercel netlify flyctl
  wrangler firebase supabase doctl s3cmd s5cmd b2 ipfs wormhole yt-dlp youtube-dl ssh-keyscan ssh-copy-id sshfs
  bbcp udpcast pwncat cryptcat nc6 netcat6 sbd iodine dns2tcp atftp ntpdate rdate psql mysql mariadb redis-cli mongosh
  mongo xdg-open open sensible-browser x-www-browser firefox chromium google-chrome wkhtmltopdf`,
);

/** Programs that only destroy: no use of them can be brought back. */
export const destructivePrograms = names(
  `shred wipefs fdisk sfdisk cfdisk gdisk sgdisk parted mkswap shutdown reboot poweroff halt init telinit
  userdel groupdel deluser lvremove vgremove pvremove dropdb blkdiscard`,
);

/** Programs that start others by their nature, in ways that are not followed. */
export const neverFollowed = names(
  `docker podman nerdctl buildah kubectl oc helm crictl lxc machinectl vagrant ansible ansible-playbook ansible-console
  terraform pulumi salt puppet chef crontab at batch systemctl service launchctl initctl rc-service gdb lldb cgdb rr
  bpftrace dtrace perl6 m4 dc bc ghc cabal stack wine qemu-user logrotate newgrp login sshd telnetd inetd xinetd
  expect tclsh dialog whiptail zenity xterm gnome-terminal konsole alacritty ld.so ldd dlopen rundll32 powershell cmd
  wsl nix nix-shell nix-env guix apt apt-get aptitude dpkg rpm yum dnf zypper apk pacman brew port snap flatpak gem
  cpan cpanm luarocks easy_install conda mamba pipx cscript wscript mshta chsh chfn visudo vipw sudoedit crond anacron
  insmod modprobe kexec mount umount losetup cryptsetup iptables nft ip ifconfig route sysctl useradd usermod passwd
  chpasswd adduser just task invoke fab doit scons bazel buck pre-commit lefthook husky act nodemon pm2 forever
  supervisorctl foreman overmind honcho tini dumb-init s6-svc runsv runit daemon inotifywait fswatch watchexec when-changed
  reredirect rlwrap socat expect-lite ptx jshell irb pry ipython bpython jupyter psysh node-gyp opencode claude codex
  aider gemini tox nox ant ninja turbo nx lerna rush wireit moon mise asdf volta fnm nvm bmake pmake remake composer
  ocaml racket sml swipl gprolog clisp ecl gforth octave maxima gnuplot R matlab sage nim crystal dart kotlin kotlinc
  groovysh bsh rhino qjs d8 jsc mujs hermes wasmtime wasmer xonsh nu elvish rc scsh sash groff troff nroff tex pdftex
  latex pdflatex xelatex lualatex context gs convert magick pandoc dbus-send gdbus busctl qdbus loginctl run-mailcap see
  sensible-pager sensible-editor pager editor update-alternatives ssh-add ssh-keygen gpg gpg2 gpgv ldconfig
  pkg hg svn bzr fossil darcs cvs p4 jj tig gitk unshar sdiff update-rc.d rundll sysvinit debconf setcap patchelf`,
);

/** A set of names out of a text with blanks between them. */
export function names(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}

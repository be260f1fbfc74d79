import { displayText, literalText } from '../../syntax.ts';
import type { Word } from '../../syntax.ts';

interface CodeOptions {
  /** Options that run or load code, or name a file of options. One letter counts inside of clusters too. */
  readonly code: string;
  /** Options whose value is a file that is written. */
  readonly writes?: string;
  /** Options of their own that are the beginning of one that runs code. */
  readonly harmless?: string;
  /** Long options begin with one dash, so that clusters do not exist. */
  readonly singleDash?: true;
}

const table: { readonly [program: string]: CodeOptions } = {
  tar: {
    code: '-I -F --to-command --checkpoint-action --use-compress-program --rsh-command --info-script --new-volume-script --rmt-command --files-from -T',
    writes: '-f --file -C --directory --one-top-level',
    harmless: '--file',
  },
  cloc: {
    code: '--extract-with --config --vcs --list-file --read-lang-def --force-lang-def --diff-list-file',
  },
  zip: { code: '-T -TT --unzip-command -@', singleDash: true },
  sort: { code: '--compress-program --files0-from', writes: '-o --output' },
  split: { code: '--filter' },
  csplit: { code: '' },
  rg: { code: '--pre --hostname-bin' },
  fd: { code: '-x -X --exec --exec-batch' },
  fdfind: { code: '-x -X --exec --exec-batch' },
  man: { code: '-P -H -M -C --pager --html --config-file --preprocessor -p' },
  less: { code: '-k -K --lesskey-file --lesskey-src -o -O' },
  more: { code: '' },
  most: { code: '' },
  gcc: { code: '-wrapper -fplugin -B -specs -fuse-ld --ld-path', writes: '-o', singleDash: true },
  cc: { code: '-wrapper -fplugin -B -specs', writes: '-o', singleDash: true },
  'g++': { code: '-wrapper -fplugin -B -specs', writes: '-o', singleDash: true },
  clang: {
    code: '-fplugin -Xclang -B -fuse-ld --ld-path -fpass-plugin',
    writes: '-o',
    singleDash: true,
  },
  'clang++': { code: '-fplugin -Xclang -B', writes: '-o', singleDash: true },
  ld: { code: '-plugin --plugin -dynamic-linker', writes: '-o', singleDash: true },
  javac: { code: '-processor -processorpath -J', writes: '-d', singleDash: true },
  cargo: { code: '--config -Z --manifest-path -C' },
  rustc: { code: '-C -Z --codegen', writes: '-o' },
  curl: {
    code: '-K --config --libcurl --proto-default --engine',
    writes:
      '-o --output --output-dir -D --dump-header -c --cookie-jar --trace --trace-ascii --stderr --etag-save --hsts --alt-svc',
  },
  wget: {
    code: '-e --execute --use-askpass --config -i --input-file',
    writes: '-O --output-document -o --output-file -P --directory-prefix',
  },
  scp: { code: '-S -o -F -J -D' },
  openssl: { code: '-engine -provider -provider-path -config', writes: '-out', singleDash: true },
  jest: {
    code: '--config -c --globalSetup --globalTeardown --runner --testRunner --setupFiles --setupFilesAfterEnv --resolver --transform --reporters --testEnvironment --rootDir --preset',
  },
  vitest: { code: '--config -c --globalSetup --root --reporter --environment' },
  mocha: {
    code: '-r --require --config --import --loader -n --node-option --reporter --ui --opts',
  },
  pytest: {
    code: '-c -p -o --rootdir --confcutdir --override-ini --import-mode --pdbcls --config-file',
    harmless: '--co --pdb',
  },
  eslint: {
    code: '-c --config --rulesdir --resolve-plugins-relative-to --plugin --parser -f --format',
    writes: '-o --output-file',
  },
  prettier: { code: '--config --plugin --plugin-search-dir' },
  tsc: { code: '', writes: '--outFile --outDir' },
  nc: { code: '-e -c --exec --sh-exec --lua-exec' },
  ncat: { code: '-e -c --exec --sh-exec --lua-exec' },
  nmap: { code: '--script' },
  tcpdump: { code: '-z', writes: '-w' },
  ctags: { code: '--options --_' },
  rake: { code: '-e -E -r -f --execute --require --rakefile -R -I -T' },
  rspec: { code: '-r -I --require --options -O' },
  pip: {
    code: '--index-url -i --extra-index-url -f --find-links --config-settings --global-option --build-option --python --proxy',
  },
  rustfmt: { code: '--config-path' },
  gofmt: { code: '-r', singleDash: true },
  patch: { code: '-e --ed', writes: '-o --output' },
  psql: { code: '-c -f --command --file -v' },
  sqlite3: { code: '-cmd -init', singleDash: true },
  mysql: { code: '-e --execute --pager --tee' },
  mutt: { code: '-e -F' },
  sendmail: { code: '-C -O -o -X' },
  dpkg: { code: '--pre-invoke --post-invoke -i --install' },
  ninja: { code: '-f -C -t' },
  cmake: { code: '-P -C -E --build --install' },
  gradle: { code: '-I --init-script -b -c -p --build-file' },
  mvn: { code: '-f -D --file -s' },
  phpunit: { code: '-c --configuration --bootstrap --extension --prepend' },
  black: { code: '--config' },
  ruff: { code: '--config' },
  mypy: { code: '--config-file --python-executable --plugins' },
  pylint: { code: '--init-hook --rcfile --load-plugins' },
  flake8: { code: '--config --append-config' },
  ag: { code: '--pager --path-to-ignore' },
  ack: { code: '--pager --ackrc --env' },
  bat: { code: '--pager --config-file --map-syntax' },
  sdiff: { code: '--diff-program', writes: '-o --output' },
  diff3: { code: '--diff-program' },
  cpio: { code: '--rsh-command -F --file -O -I' },
  nm: { code: '--plugin' },
  ar: { code: '--plugin' },
  objdump: { code: '--plugin' },
  rubocop: { code: '-r --require --plugin -c --config' },
  tsup: { code: '--onSuccess --config --onsuccess' },
  gotestsum: { code: '--raw-command --post-run-command' },
  actionlint: { code: '-shellcheck -pyflakes -config-file', singleDash: true },
  ctest: { code: '-S -SP --script --build-and-test -D' },
  webpack: { code: '-c --config -r --require' },
  rollup: { code: '-c --config -p --plugin --configPlugin' },
  vite: { code: '-c --config' },
  typedoc: { code: '--plugin --options' },
  composer: { code: '-d --working-dir' },
};

/** Programs whose options are looked into, because some of them run code or write files. */
export function hasCodeOptions(program: string): boolean {
  return Object.hasOwn(table, program);
}

/** What the options of a program do beside its plain work. */
export interface OptionEffects {
  /** The first option that runs or loads code, as written. */
  readonly code?: string;
  /** Files that options name to be written. */
  readonly writes: readonly Word[];
}

/** Looks through the words of a program for options that run code or write files. */
export function optionEffects(program: string, words: readonly Word[]): OptionEffects {
  const entry = Object.hasOwn(table, program) ? table[program] : undefined;
  if (entry === undefined) return { writes: [] };
  const code = entry.code.split(' ').filter((name) => name !== '');
  const found = words.find((word) => code.some((option) => usesOption(word, option, entry)));
  const writes = (entry.writes ?? '').split(' ').filter((name) => name !== '');
  return {
    writes: writes.flatMap((option) => optionValues(words, option, entry)),
    ...(found === undefined ? {} : { code: found.raw }),
  };
}

function usesOption(word: Word, option: string, entry: CodeOptions): boolean {
  const text = literalText(word);
  if (text?.startsWith('@') === true && entry.singleDash === true) return true;
  if (text === undefined || !text.startsWith('-')) return false;
  const [name = ''] = text.split('=');
  if (option.startsWith('--')) {
    // Long options may be shortened as long as they stay unique, some to one letter.
    return (
      name.length > 2 &&
      option.startsWith(name) &&
      (name === option || entry.harmless?.split(' ').includes(name) !== true)
    );
  }
  if (entry.singleDash === true) {
    if (option === '-B' && text.startsWith('-B')) return true;
    return (
      name === option || `-${option}` === name || (option.length > 2 && text.startsWith(option))
    );
  }
  if (text.startsWith('--')) return false;
  return text.includes(option.slice(1));
}

function optionValues(words: readonly Word[], option: string, entry: CodeOptions): Word[] {
  return words.flatMap((word, index) => {
    const text = literalText(word) ?? word.raw;
    const next = words[index + 1];
    if (text === option) return next === undefined ? [] : [next];
    if (option.startsWith('--'))
      return text.startsWith(`${option}=`) ? [textWord(text.slice(option.length + 1))] : [];
    const attached =
      text.startsWith(option) && !text.startsWith('--') && text.length > option.length;
    if (attached) return [textWord(text.slice(option.length))];
    const isCluster =
      entry.singleDash !== true && /^-[A-Za-z]+$/.test(text) && text.endsWith(option.slice(1));
    return isCluster && next !== undefined ? [next] : [];
  });
}

/** The values that an option of a program is given, attached or as the next word. */
export function optionValuesOf(words: readonly Word[], option: string): readonly Word[] {
  const isSingleDash = /^-\w\w/.test(option);
  const values = optionValues(words, option, {
    code: '',
    ...(isSingleDash ? { singleDash: true } : {}),
  });
  if (!option.startsWith('--')) return values;
  // Long options may be shortened as long as they stay unique.
  const short = words.flatMap((word, at) => {
    const [name = '', ...value] = displayText(word).split('=');
    if (name.length < 3 || name === option || !option.startsWith(name)) return [];
    const next = value.length > 0 ? textWord(value.join('=')) : words[at + 1];
    return next === undefined ? [] : [next];
  });
  return [...values, ...short];
}

function textWord(text: string): Word {
  return { raw: text, parts: [{ type: 'quoted', text }] };
}

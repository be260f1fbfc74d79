import type { Call } from '../call.ts';
import { displayText } from '../syntax.ts';

/** `cargo run`, `go run` and their like build and run the repository's own code; installing fetches other code. */
export function toolCommands(call: Call): void {
  const texts = call.args.map(displayText);
  if (
    call.name === 'go' &&
    texts.some((text) =>
      /^--?(?:exec|toolexec|vettool|overlay|modfile|o|C|ldflags|gcflags|asmflags|pkgdir|gccgoflags|cpuprofile|memprofile|coverprofile|outputdir|trace|blockprofile|mutexprofile)(?:=|$)/.test(
        text,
      ),
    )
  ) {
    call.unresolved('go: an option runs a program or writes files');
    call.runNotable(call.args, 'go');
  }
  const known =
    call.name === 'go'
      ? /^(?:test|build|vet|fmt|list|version|env|doc|mod|run|clean|work)$/
      : /^(?:\+\S+|test|build|check|clippy|fmt|doc|run|bench|tree|metadata|version|clean|add|remove|update|fetch|t|b|c|r|nextest)$/;
  const first = texts.find((text) => !text.startsWith('-'));
  if (first !== undefined && !known.test(first))
    call.unresolved(`${call.name} ${first} is not followed`);
  if (call.name === 'go' && first === 'env' && texts.some((text) => /^-[wu]$/.test(text)))
    call.unresolved('go env -w changes later commands');
  for (const file of manifestsChanged(call.name, texts)) call.writes(file);
  const second = texts[texts.indexOf('run') + 1];
  if (first === 'run' && second !== undefined && /@|:\/\//.test(second))
    call.unresolved(`${call.name} run fetches code`);
}

/** Manifests that say which code is built: commands that change them bring other code. */
function manifestsChanged(tool: string, texts: readonly string[]): readonly string[] {
  const [command = '', what = ''] = texts.filter((text) => !/^[-+]/.test(text));
  if (tool === 'cargo') return /^(?:add|remove|rm)$/.test(command) ? ['Cargo.toml'] : [];
  if (command === 'work') return what === 'sync' ? [] : ['go.work'];
  return command === 'mod' && /^(?:edit|init|tidy|vendor)$/.test(what) ? ['go.mod'] : [];
}

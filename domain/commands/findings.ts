import type { PathFact } from '../tools/facts.ts';
import type { SimpleCommand } from './simple-command.ts';

/** Most simple commands that one text may hold and still count as understood. */
const maxCommands = 100;
/** Most characters of facts that one call may have and still count as understood. */
const maxFactsLength = 8_192;

/** What a shell text was found to do. */
export interface ShellFindings {
  readonly commands: readonly SimpleCommand[];
  readonly paths: readonly PathFact[];
  readonly hosts: readonly string[];
  /** Why the text is not understood in full, without repeats. Empty means it is. */
  readonly unresolved: readonly string[];
  /** True when a command is known to destroy what cannot be brought back. */
  readonly destructive: boolean;
}

/** Gathers findings while a text is walked; each one is kept once. */
export class FindingsCollector {
  private readonly commands: SimpleCommand[] = [];
  private readonly paths = new Map<string, PathFact>();
  private readonly hosts = new Set<string>();
  private readonly reasons = new Set<string>();
  private destructive = false;
  private length = 0;

  /** True when no more is taken in: the text is unresolved by its size alone. */
  get isFull(): boolean {
    return this.commands.length >= maxCommands || this.length > maxFactsLength;
  }

  addCommand(command: SimpleCommand): void {
    if (this.refuses(command.argv.join(' ').length)) return;
    this.commands.push(command);
  }

  addPath(path: PathFact): void {
    const key = `${path.operation} ${path.glob ?? false} ${path.path}`;
    if (this.paths.has(key) || this.refuses(path.path.length)) return;
    this.paths.set(key, path);
  }

  addHost(host: string): void {
    if (this.hosts.has(host) || this.refuses(host.length)) return;
    this.hosts.add(host);
  }

  addReason(reason: string): void {
    if (this.reasons.size < 20) this.reasons.add(reason.slice(0, 160));
  }

  markDestructive(): void {
    this.destructive = true;
  }

  /** Everything found so far. */
  findings(): ShellFindings {
    return {
      commands: this.commands,
      paths: [...this.paths.values()],
      hosts: [...this.hosts],
      unresolved: [...this.reasons],
      destructive: this.destructive,
    };
  }

  private refuses(length: number): boolean {
    if (this.isFull) {
      this.addReason(`more than ${maxCommands} commands or ${maxFactsLength} characters of facts`);
      return true;
    }
    this.length += length;
    return false;
  }
}

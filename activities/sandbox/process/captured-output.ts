import type { OutputStream } from '../sandbox-command.ts';

/**
 * What a command printed. Texts are UTF-8; invalid bytes became U+FFFD. `combined` holds both streams in the order
 * of arrival. Byte counts tell what was printed, also when it was not kept.
 */
export interface CapturedOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly combined: string;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  /** True when the command printed more than was kept. */
  readonly isTruncated: boolean;
  /** True when bytes were no UTF-8 and had to be replaced. */
  readonly hasReplacements: boolean;
}

/** Collects output up to a number of bytes, both streams together; memory stays bounded whatever comes after. */
export class OutputCapture {
  private readonly parts: { readonly stream: OutputStream; readonly text: string }[] = [];
  private readonly decoders = {
    stdout: new TextDecoder('utf-8', { ignoreBOM: true }),
    stderr: new TextDecoder('utf-8', { ignoreBOM: true }),
  };
  private readonly strict = {
    stdout: new TextDecoder('utf-8', { fatal: true }),
    stderr: new TextDecoder('utf-8', { fatal: true }),
  };
  private readonly bytes = { stdout: 0, stderr: 0 };
  private readonly maxBytes: number;
  private keptBytes = 0;
  private hasReplacements = false;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Takes the next piece of a stream. */
  add(chunk: Uint8Array, stream: OutputStream): void {
    this.bytes[stream] += chunk.byteLength;
    const kept = chunk.subarray(0, Math.max(0, this.maxBytes - this.keptBytes));
    if (kept.byteLength === 0) return;
    this.keptBytes += kept.byteLength;
    this.checkEncoding(kept, stream);
    this.parts.push({ stream, text: this.decoders[stream].decode(kept, { stream: true }) });
  }

  /** Counts bytes that were printed and are gone. */
  skip(bytes: number, stream: OutputStream): void {
    this.bytes[stream] += bytes;
  }

  /** Ends the capture and gives what was collected. */
  finish(): CapturedOutput {
    const isTruncated = this.bytes.stdout + this.bytes.stderr > this.keptBytes;
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.decoders[stream].decode();
      // A character cut in two by our own limit is dropped; one that the command left unfinished is marked.
      if (rest !== '' && !isTruncated) {
        this.hasReplacements = true;
        this.parts.push({ stream, text: rest });
      }
    }
    return {
      stdout: this.textOf('stdout'),
      stderr: this.textOf('stderr'),
      combined: this.parts.map(({ text }) => text).join(''),
      stdoutBytes: this.bytes.stdout,
      stderrBytes: this.bytes.stderr,
      isTruncated,
      hasReplacements: this.hasReplacements,
    };
  }

  private textOf(stream: OutputStream): string {
    return this.parts
      .filter((part) => part.stream === stream)
      .map(({ text }) => text)
      .join('');
  }

  private checkEncoding(kept: Uint8Array, stream: OutputStream): void {
    if (this.hasReplacements) return;
    try {
      this.strict[stream].decode(kept, { stream: true });
    } catch {
      this.hasReplacements = true;
    }
  }
}

/** Thrown while a text is read when it holds something that is not understood for sure; never leaves this room. */
export class UnparsedError extends Error {
  override readonly name = 'UnparsedError';
}

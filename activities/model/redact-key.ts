import { redactionMark as redacted } from '../../domain/redaction/redaction-mark.ts';
import { Redactor } from '../redaction/redactor.ts';

// Words of an endpoint are for people only, so that what merely may be a key is taken out as well.
const keyShapes = [
  /\b(?:sk|pk|rk|gsk|xai|hf)[-_][A-Za-z0-9_*.-]{8,}/g,
  /\bBearer\s+[A-Za-z0-9._~+/*=-]{4,}/gi,
];
// Providers echo keys masked, like `abcd****wxyz`: the ends are part of the key.
const maskedKey = /[A-Za-z0-9_-]{0,32}\*{3,}[A-Za-z0-9_-]{0,32}/g;

/** Replaces the key, its encoded forms, whatever looks like a key, and addresses with a password. */
export function redactSecrets(text: string, apiKey: string | undefined): string {
  let clean = redactorOf(apiKey).values(text);
  clean = clean.replaceAll(/(https?:\/\/)[^\s/@]+@/gi, `$1${redacted}@`);
  for (const shape of keyShapes) clean = clean.replaceAll(shape, redacted);
  return clean;
}

/** Makes an endpoint's words fit to be shown: without secrets, masked keys included, at most 500 characters. */
export function redactMessage(text: string, apiKey: string | undefined): string {
  // SAFETY: replace before cutting, or half a key could be left at the end.
  const clean = redactSecrets(text, apiKey).replaceAll(maskedKey, redacted);
  return clean.length > 500 ? `${clean.slice(0, 499)}…` : clean;
}

function redactorOf(apiKey: string | undefined): Redactor {
  const redactor = new Redactor();
  if (apiKey !== undefined) redactor.learn([apiKey]);
  return redactor;
}

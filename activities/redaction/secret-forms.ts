/** Forms in which a secret may come back, by how far their ends are certain. */
export interface SecretForms {
  readonly plain: readonly string[];
  /** Middle parts of base64 texts: up to two characters on each side belong to the secret and to its neighbour. */
  readonly base64: readonly string[];
}

/** Secrets shorter than this are not looked for: they would be found in every other word. */
export const shortestSecret = 6;

/** Shortest line of a secret of several lines that is looked for on its own. */
const shortestLine = 16;

/**
 * Lists how a secret may be written: as it is, in JSON, HTML, a shell's quotes, an address, hexadecimal, and in base64 (both
 * alphabets) wherever in the encoded bytes it begins. Of several lines, such as a PEM key, each long one counts too.
 */
export function secretForms(secret: string): SecretForms {
  if (secret.length < shortestSecret) return { plain: [], base64: [] };
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= shortestLine);
  const whole = [...new Set([secret, secret.trim(), ...(lines.length > 1 ? lines : [])])];
  return {
    plain: [...new Set(whole.flatMap((text) => plainForms(text)))],
    base64: [...new Set([secret, secret.trim()].flatMap((text) => base64Forms(text)))],
  };
}

function plainForms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const hex = bytes.toString('hex');
  const json = JSON.stringify(text).slice(1, -1);
  return [
    text,
    // As bytes that were read as Latin-1, which is how binary patches and raw files are looked at.
    bytes.toString('latin1'),
    json,
    JSON.stringify(json).slice(1, -1),
    json.replaceAll('/', String.raw`\/`),
    // oxlint-disable-next-line no-control-regex
    json.replaceAll(/[^\u0000-\u007F]/g, unicodeEscape),
    htmlForm(text),
    text.replaceAll("'", String.raw`'\''`),
    text.replaceAll(/["$`\\]/g, String.raw`\$&`),
    ...urlForms(text),
    hex,
    hex.toUpperCase(),
  ];
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function htmlForm(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Encoders differ in which marks they leave, in the case of their digits, and in how they write a space. */
function urlForms(text: string): readonly string[] {
  const usual = encodeURIComponent(text);
  const strict = usual.replaceAll(
    /[!'()*~]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const forms = [usual, strict, strict.replaceAll('%7E', '~'), encodeURI(text)];
  const withSlash = forms.map((form) => form.replaceAll('%2F', '/'));
  return [...forms, ...withSlash].flatMap((form) => [
    form,
    form.replaceAll(/%[0-9A-F]{2}/g, (digits) => digits.toLowerCase()),
    form.replaceAll('%20', '+'),
  ]);
}

/** What of the base64 text depends on the secret alone, for each place of its first byte among three. */
function base64Forms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const bits = (before + bytes.length) * 8;
    // A character holds six bits: those that share bits with a neighbour are left out.
    const core = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(bits / 6));
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** The time in which a preview was made. Milliseconds since 1970. */
export interface PreviewTime {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Clocks of hosts may be off by this much, and files take a moment to be looked at. */
const toleranceMs = 5 * 60 * 1_000;
const hourMs = 60 * 60 * 1_000;
/** Widest offset of a time zone, of an hour's steps. Hours. */
const widestOffset = 14;

const iso = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g;
const ctime =
  /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d(?: [A-Z]{3,4})? \d{4}/g;
const epoch = /\b\d{10}(?:\d{3}|\.\d+)?\b/g;
/** Folders and files that Ansible and Python's tempfile make. */
const temporary =
  /(?:\/[\w.~-]+)*\/(?:\.ansible\/tmp|ansible-local-\w+|ansible-tmp-[\d.-]+|tmp)\/(?:ansible[\w.-]*|tmp\w{8})(?:\/tmp\w{6,10})?|\bansible-tmp-[\d.]+-\d+-\d+/g;

/**
 * Takes out of a text what differs each time it is looked at: names of temporary files, and times of right now. Other
 * times stay, because they are what is asked for; so do those that `known` holds, which were there before.
 */
export function withoutVolatile(text: string, time: PreviewTime, known = ''): string {
  const ifNow = (found: string): string =>
    !known.includes(found) && isNow(found, time) ? '<now>' : found;
  return text
    .replaceAll(temporary, '<temporary>')
    .replaceAll(iso, ifNow)
    .replaceAll(ctime, ifNow)
    .replaceAll(epoch, ifNow);
}

function isNow(text: string, { fromMs, untilMs }: PreviewTime): boolean {
  const isEpoch = /^\d+(?:\.\d+)?$/.test(text);
  const number = Number(text);
  const at = isEpoch ? (number > 1e12 ? number : number * 1_000) : Date.parse(withZone(text));
  if (Number.isNaN(at)) return false;
  const from = fromMs - toleranceMs;
  const until = untilMs + toleranceMs;
  // A time without a zone is that of a host, wherever that stands.
  const offsets = isEpoch || /(?:Z|[+-]\d\d:?\d\d|[A-Z]{3,4} \d{4})$/.test(text) ? 0 : widestOffset;
  for (let hours = -offsets; hours <= offsets; hours += 1) {
    const shifted = at + hours * hourMs;
    if (shifted >= from && shifted <= until) return true;
  }
  return false;
}

function withZone(text: string): string {
  if (/^\d/.test(text)) {
    const plain = text.replace(' ', 'T').replace(',', '.');
    return /(?:Z|[+-]\d\d:?\d\d)$/.test(plain) ? plain : `${plain}Z`;
  }
  return / [A-Z]{3,4} \d{4}$/.test(text) ? text : `${text} UTC`;
}

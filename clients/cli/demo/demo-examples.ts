/** A project that comes with the program and has a failing test. */
export interface DemoExample {
  /** What people type for it. */
  readonly name: string;
  /** Its folder under `infra/examples`. */
  readonly folder: string;
  /** What it is, in a few words. */
  readonly title: string;
  /** Parts of the machine that only it needs, by the names that set-up knows. */
  readonly parts: readonly string[];
}

/** What the agent is asked to do, whichever project it is. */
export const demoPrompt =
  'The tests fail. Find out why, mend the cause, and tell me what was wrong.';

/** Examples by the name that people type. The first needs nothing but Node. */
export const demoExamples: ReadonlyMap<string, DemoExample> = new Map(
  [
    {
      name: 'javascript',
      folder: 'javascript-cart',
      title: 'a shopping cart in JavaScript (npm, node --test)',
      parts: [],
    },
    {
      name: 'python',
      folder: 'python-invoice',
      title: 'invoices in Python (pytest)',
      parts: ['python3-pytest'],
    },
  ].map((example): [string, DemoExample] => [example.name, example]),
);

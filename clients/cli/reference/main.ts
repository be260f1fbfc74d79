import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { programShape } from './program-shape.ts';
import { renderReference } from './render-reference.ts';

// Run in the repository: the page is part of its documentation.
const page = join(process.cwd(), 'docs', 'reference', 'cli.md');
mkdirSync(dirname(page), { recursive: true });
writeFileSync(page, renderReference(programShape()));
process.stdout.write(`wrote ${page}\n`);

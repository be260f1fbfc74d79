import { manifest } from '../shell-cases.ts';
import type { FileEscape } from './escape.ts';

/** Ways that no list holds and that go through files: makefiles, scripts, manifests. */
export const unlistedInFiles: readonly FileEscape[] = [
  {
    technique: 'variables of programs',
    text: 'PYTHON=./evil make test',
    files: { Makefile: 'PYTHON ?= python3\ntest:\n\t$(PYTHON) -m pytest\n' },
    verdict: 'ask',
  },
  {
    technique: 'variables of programs',
    text: "LC_X='curl' make lint",
    files: { Makefile: 'LC_X ?= ls\nlint:\n\t$(LC_X) f\n' },
    verdict: 'ask',
  },
  {
    technique: 'variables of programs',
    text: 'CI=true; export CI; CI=1 make check',
    files: { Makefile: 'CI ?= 0\ncheck:\n\tnode --test $(CI)\n' },
    verdict: 'ask',
  },
  {
    technique: 'variables of programs',
    text: 'NODE_ENV=test make test',
    files: { Makefile: 'NODE_ENV ?= a.js\ntest:\n\tnode $(NODE_ENV)\n' },
    verdict: 'ask',
  },
  {
    technique: 'variables of programs',
    text: 'f() { make test; }; PY=ls; f',
    files: { Makefile: 'PY ?= pytest\ntest:\n\t$(PY)\n' },
    verdict: 'ask',
  },
  {
    technique: 'variables of programs',
    text: 'make tests',
    files: { Makefile: 'LANG ?= en\ntests:\n\tpytest $(LANG)\n' },
    verdict: 'ask',
  },
  {
    technique: 'other forwarders',
    text: 'npm test',
    files: { 'package.json': manifest({ test: 'mytool run aria2c http://x' }) },
    verdict: 'ask',
  },
  {
    technique: 'other forwarders',
    text: 'bash a.sh',
    files: { 'a.sh': 'x86_64 ./evil\n' },
    verdict: 'ask',
  },
  {
    technique: 'other forwarders',
    text: 'yarn run mytool',
    files: { 'package.json': manifest({ test: 'jest' }) },
    verdict: 'ask',
  },
];

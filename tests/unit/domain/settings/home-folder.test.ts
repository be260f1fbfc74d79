import { describe, expect, it } from '@jest/globals';

import { type HomeEnvironment, resolveHome } from '../../../../domain/settings/home-folder.ts';

function environment(overrides: Partial<HomeEnvironment> = {}): HomeEnvironment {
  return { variables: {}, platform: 'linux', userFolder: '/home/ada', isRoot: false, ...overrides };
}

describe('resolveHome', () => {
  it.each([
    ['the variable', { variables: { HOLDFAST_HOME: '/data/h' } }, '/data/h'],
    [
      'the variable before root',
      { variables: { HOLDFAST_HOME: '/data/h' }, isRoot: true },
      '/data/h',
    ],
    [
      'the variable without its last slash',
      { variables: { HOLDFAST_HOME: '/data/h/' } },
      '/data/h',
    ],
    [
      'a relative variable from the working folder',
      { variables: { HOLDFAST_HOME: 'h' } },
      '/projects/h',
    ],
    [
      'nothing from an empty variable',
      { variables: { HOLDFAST_HOME: '' } },
      '/home/ada/.local/share/holdfast',
    ],
    ['the system folder for root', { isRoot: true }, '/var/lib/holdfast'],
    ['the default of the XDG specification', {}, '/home/ada/.local/share/holdfast'],
    ['XDG_DATA_HOME', { variables: { XDG_DATA_HOME: '/x' } }, '/x/holdfast'],
    [
      'no relative XDG_DATA_HOME',
      { variables: { XDG_DATA_HOME: 'x' } },
      '/home/ada/.local/share/holdfast',
    ],
    [
      'Application Support on a Mac',
      { platform: 'darwin', userFolder: '/Users/ada' },
      '/Users/ada/Library/Application Support/holdfast',
    ],
    [
      'LOCALAPPDATA on Windows',
      { platform: 'win32', variables: { LOCALAPPDATA: String.raw`C:\L` } },
      String.raw`C:\L\holdfast`,
    ],
  ])('takes %s', (_, overrides, expected) => {
    expect(resolveHome(environment(overrides), '/projects')).toBe(expected);
  });
});

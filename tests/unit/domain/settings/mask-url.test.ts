import { describe, expect, it } from '@jest/globals';

import { maskPassword, maskPath } from '../../../../domain/settings/mask-url.ts';

describe('maskPassword', () => {
  it.each([
    ['postgresql://u:secret@h:5/d', 'postgresql://u:***@h:5/d'],
    ['postgresql://u:s:e%40c@h/d', 'postgresql://u:***@h/d'],
    ['postgresql://u:p@ss/w#o@h:5/d', 'postgresql://u:***@h:5/d'],
    ['postgresql://h/d?user=u&password=p&x=y', 'postgresql://h/d?user=u&password=***&x=y'],
    ['postgresql://u@h/d?sslpassword=p', 'postgresql://u@h/d?sslpassword=***'],
    ['postgresql://u@h/d', 'postgresql://u@h/d'],
    ['postgresql://h/d', 'postgresql://h/d'],
  ])('shows %s as %s', (url, shown) => {
    expect(maskPassword(url)).toBe(shown);
  });
});

describe('maskPath', () => {
  it.each([
    ['https://hooks.example.org/services/T0/secret', 'https://hooks.example.org/***'],
    ['http://u:secret@h:8080?token=secret', 'http://h:8080/***'],
    ['secret', '/***'],
  ])('shows %s as %s', (url, shown) => {
    expect(maskPath(url)).toBe(shown);
  });
});

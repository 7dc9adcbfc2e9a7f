import { describe, expect, it } from 'vitest';
import { formatSelector, matches, parseSelector, SelectorError } from './selector.js';

const labels = { region: 'eu', ring: '2', 'example.com/team': 'core', empty: '' };

describe('parseSelector and matches', () => {
  it.each([
    ['', true],
    ['  ', true],
    ['region', true],
    ['!region', false],
    ['! legacy', true],
    ['region=eu', true],
    ['region==eu', true],
    ['region = us', false],
    ['region!=us', true],
    ['legacy!=yes', true],
    ['legacy=yes', false],
    ['region in (eu, us)', true],
    ['region in (us)', false],
    ['region notin (us)', true],
    ['legacy notin (a,b)', true],
    ['region notin (eu)', false],
    ['empty=', true],
    ['region=', false],
    ['empty in (,x)', true],
    ['ring>1', true],
    ['ring>2', false],
    ['ring<10', true],
    ['region>1', false],
    ['missing<5', false],
    ['example.com/team=core,region=eu,!legacy', true],
    ['example.com/team=core,region=us', false],
    ['in', false],
    ['in in (in)', false],
    ['constructor', false],
  ])('%j gives %j', (text, expected) => {
    expect(matches(parseSelector(text), labels)).toBe(expected);
  });

  it.each([
    ['a,', 2],
    [',a', 0],
    ['a=b c', 4],
    ['a in b', 5],
    ['a in (b', 7],
    ['a in (b c)', 8],
    ['=a', 0],
    ['a within (b)', 2],
    ['a>b', 2],
    ['a=b=c', 3],
    ['-a=b', 0],
    ['a=-b', 2],
    ['a/b/c', 0],
    ['!', 1],
    ['!a=b', 2],
    [`${'a'.repeat(64)}=b`, 0],
    [`a=${'b'.repeat(64)}`, 2],
  ])('refuses %j at character %i', (text, position) => {
    const attempt = () => parseSelector(text);
    expect(attempt).toThrow(SelectorError);
    expect(attempt).toThrow(expect.objectContaining({ code: 'selector-invalid', position }));
  });

  it('refuses a text over the bound', () => {
    expect(() => parseSelector(`a in (${'b,'.repeat(600)}b)`)).toThrow(/longer than 1024/);
  });

  it('writes requirements in one form', () => {
    expect(formatSelector(parseSelector(' b in (z , a),a == c, !d ,e,f notin (x,y),g!=h,i > 3'))).toBe('b in (a,z),a=c,!d,e,f notin (x,y),g!=h,i>3');
  });
});

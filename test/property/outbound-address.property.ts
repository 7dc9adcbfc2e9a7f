import { classifyAddress, isAddressAllowed, parseAllowList } from '@flotilla/outbound';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const everything = parseAllowList(['0.0.0.0/0', '::/0']);
const hex = (a: number, b: number) => ((a << 8) | b).toString(16);

describe('outbound addresses', () => {
  it('never opens link-local, however it is written and whatever is allowed', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), (c, d) => {
        const tail = `${hex(169, 254)}:${hex(c, d)}`;
        for (const form of [`169.254.${c}.${d}`, `::ffff:169.254.${c}.${d}`, `::ffff:${tail}`, `64:ff9b::${tail}`, `2002:${tail}::1`, `fe80::${tail}`])
          expect(isAddressAllowed(form, everything)).toBe(false);
      }),
    );
  });

  it('agrees on an IPv4 address and its mapped form', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => void expect(classifyAddress(`::ffff:${address}`)).toBe(classifyAddress(address))));
  });

  it('lets nothing private through an empty list', () => {
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => void expect(isAddressAllowed(address, [])).toBe(classifyAddress(address) === 'public')));
  });
});

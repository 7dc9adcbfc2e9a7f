import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { FlotillaError } from '@flotilla/contracts';
import { isAddressAllowed, type parseAllowList } from './address.js';

export interface ResolvedAddress {
  address: string;
  family: number;
}
/** Resolves a host name to all its addresses. */
export type Resolver = (host: string) => Promise<ResolvedAddress[]>;

export const systemResolver: Resolver = (host) =>
  new Promise((resolve, reject) => dnsLookup(host, { all: true, verbatim: true }, (error, addresses) => (error ? reject(error) : resolve(addresses))));

export type AllowList = ReturnType<typeof parseAllowList>;

/**
 * Resolves a host and gives its addresses, all checked. One forbidden address refuses the name: a mixed answer is how a rebinding attack looks.
 * Throws `outbound-blocked`, or `unavailable` when the name does not resolve.
 */
export async function resolveAllowed(host: string, allow: AllowList, resolver: Resolver): Promise<ResolvedAddress[]> {
  const bare = host.replace(/^\[|\]$/g, '');
  const family = isIP(bare);
  let addresses: ResolvedAddress[];
  if (family) addresses = [{ address: bare, family }];
  else {
    try {
      addresses = await resolver(bare);
    } catch (error) {
      throw new FlotillaError('unavailable', `the host name "${bare}" does not resolve; check its spelling and the hub's DNS`, { cause: error });
    }
  }
  if (addresses.length === 0) throw new FlotillaError('unavailable', `the host name "${bare}" has no address`);
  const refused = addresses.find(({ address }) => !isAddressAllowed(address, allow));
  if (refused) {
    throw new FlotillaError(
      'outbound-blocked',
      `"${bare}" is at ${refused.address}, which the hub may not call; private ranges are opened with FLOTILLA_OUTBOUND_ALLOW, link-local and metadata addresses never`,
      { retryable: false },
    );
  }
  return addresses;
}

/** A `net.connect` lookup that checks what it gives: the address checked is the address connected to, so it cannot change in between. */
export function guardedLookup(allow: AllowList, resolver: Resolver): LookupFunction {
  return (host, options, callback) => {
    resolveAllowed(host, allow, resolver).then(
      (addresses) => {
        if (options.all) callback(null, addresses);
        else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };
}

import { FlotillaError } from '@flotilla/contracts';
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = [Address, number];

/**
 * What may be called without asking (`public`), what only by FLOTILLA_OUTBOUND_ALLOW (`private`: RFC 1918, unique local, shared RFC 6598, loopback),
 * and what never: link-local, cloud metadata, multicast, unspecified, broadcast, reserved and tunnels that hide the real target.
 */
export type AddressClass = 'public' | 'private' | 'never';

/** Metadata services that do not live in link-local ranges: AWS over IPv6, Alibaba Cloud, Oracle Cloud. */
const metadataAddresses = new Set(['fd00:ec2::254', '100.100.100.200', '192.0.0.192']);

const privateRanges = new Set(['private', 'uniqueLocal', 'carrierGradeNat', 'loopback']);

/** The IPv4 address that an IPv6 address carries (mapped, NAT64 64:ff9b::/96, 6to4), else the address itself. */
function unwrap(address: Address): Address {
  if (address.kind() === 'ipv4') return address;
  const v6 = address as ipaddr.IPv6;
  const bytes = v6.toByteArray();
  const range = v6.range();
  if (range === 'ipv4Mapped') return v6.toIPv4Address();
  if (range === 'rfc6052') return new ipaddr.IPv4(bytes.slice(12));
  if (range === '6to4') return new ipaddr.IPv4(bytes.slice(2, 6));
  return address;
}

/** Classifies a textual IPv4 or IPv6 address; what is not an address is `never`. */
export function classifyAddress(text: string): AddressClass {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!ipaddr.isValid(bare)) return 'never';
  const address = unwrap(ipaddr.parse(bare));
  if (metadataAddresses.has(address.toString())) return 'never';
  const range = address.range();
  if (range === 'unicast') return 'public';
  return privateRanges.has(range) ? 'private' : 'never';
}

/** The list of FLOTILLA_OUTBOUND_ALLOW: CIDRs or single addresses. Throws `bad-request` on one that is neither. */
export function parseAllowList(entries: readonly string[]): Cidr[] {
  return entries.map((entry) => {
    try {
      if (entry.includes('/')) return ipaddr.parseCIDR(entry.trim()) as Cidr;
      const address = ipaddr.parse(entry.trim());
      return [address, address.kind() === 'ipv4' ? 32 : 128];
    } catch (error) {
      throw new FlotillaError(
        'bad-request',
        `FLOTILLA_OUTBOUND_ALLOW: "${entry}" is not an address range; write CIDRs such as 10.0.0.0/8, separated by commas`,
        { cause: error },
      );
    }
  });
}

/** Whether the hub may open a connection to this address. The allow list opens private and loopback ranges, never the ones classified `never`. */
export function isAddressAllowed(text: string, allow: readonly Cidr[]): boolean {
  const kind = classifyAddress(text);
  if (kind === 'public') return true;
  if (kind === 'never') return false;
  const address = unwrap(ipaddr.parse(text.replace(/^\[|\]$/g, '').replace(/%.*$/, '')));
  return allow.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

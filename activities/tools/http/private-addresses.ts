import { BlockList, isIP, isIPv6 } from 'node:net';

/** Addresses that lead into this host or a network of its own, or that are no address of one machine (RFC 6890 and its registries). */
const ipv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/** Of IPv6 only global unicast is public; in it, what carries an IPv4 address or leads nowhere is taken out again. */
const ipv6Public = '2000::/3';
const ipv6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const blocked = new BlockList();
for (const range of ipv4) add(blocked, range, 'ipv4');
for (const range of ipv6) add(blocked, range, 'ipv6');
const global = new BlockList();
add(global, ipv6Public, 'ipv6');

function add(list: BlockList, range: string, family: 'ipv4' | 'ipv6'): void {
  const [network = '', prefix] = range.split('/');
  list.addSubnet(network, Number(prefix), family);
}

/** True unless an address is a public one. Anything that is no IP address counts as private. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) === 0) return true;
  if (!isIPv6(plain)) return blocked.check(plain, 'ipv4');
  // Mapped (::ffff:a.b.c.d) and translated (64:ff9b::) IPv4 lie outside of global unicast, and so count as private.
  return !global.check(plain, 'ipv6') || blocked.check(plain, 'ipv6');
}

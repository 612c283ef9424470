/** Which network addresses belong to the public internet. Everything else (this machine, its network, its cloud's metadata, documentation, multicast) is not for agents. */
import { BlockList, isIP } from 'node:net';

const specialV4 = new BlockList();
const publicV6 = new BlockList();
const specialV6 = new BlockList();

/** IANA's special-purpose registry; 100.64/10 is carrier NAT, 169.254/16 holds cloud metadata, 240/4 includes broadcast. */
const v4Ranges: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/**
 * Within global unicast (2000::/3) still not public: protocol assignments with Teredo (2001::/23), documentation, and 6to4, which can wrap any IPv4 address. Mapped,
 * compatible, NAT64, link-local, unique-local and multicast addresses lie outside 2000::/3.
 */
const v6Ranges: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

for (const [address, bits] of v4Ranges) specialV4.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of v6Ranges) specialV6.addSubnet(address, bits, 'ipv6');
publicV6.addSubnet('2000::', 3, 'ipv6');

/** True for a literal IPv4 or IPv6 address of the public internet; false for anything else, also for what is no address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !specialV4.check(address, 'ipv4');
  if (family !== 6 || address.includes('%')) return false;
  return publicV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

import type { Random } from '../../seeded-random.ts'

/** 63 letters, the longest label (RFC 1035 §2.3.4). */
export const longLabel = 'l'.repeat(63)

/** Names of Services and namespaces that some code might take for something else, and plain ones. */
export const oddNames = [
  'svc',
  'pod',
  'dns',
  'ns',
  'tcp',
  'udp',
  'constructor',
  'prototype',
  'tostring',
  'valueof',
  'hasownproperty',
  'cluster',
  'local',
  'any',
  'a',
  'xn--bcher-kva',
  'a--b',
  'dns-version',
  'in-addr',
  longLabel,
] as const

/** Names that begin with a digit, which Services may have since RelaxedServiceNameValidation. */
export const digitNames = ['1kubernetes', '10-0-0-1', '7', '0x0'] as const

/** IPv6 addresses with '::' at each place, and without. */
export const addresses6 = [
  '::2',
  '::2:3',
  '2001:db8::',
  '2001:db8::1',
  '2001:db8:1::2',
  '2001:db8:1:2::3',
  '2001:db8:1:2:3::4',
  '2001:db8:1:2:3:4:0:5',
  '2001:db8:1:2:3::5',
  '2001:db8:1:2:3:4:5:6',
  '2001:db8:0:1::1',
  '2001:db8:0:0:1::',
  'fd00::a:0:0:b',
  '64:ff9b::c000:201',
] as const

/**
 * Texts of addresses that this API server rejects in slices: not canonical (RFC 5952), IPv4-mapped IPv6 (RFC 4291
 * §2.5.5.2), leading zeros. Older API servers accepted them.
 */
export const refusedAddresses = [
  '2001:DB8::A',
  '2001:db8:0:0:0:0:0:b',
  '2001:0db8::000c',
  '2001:db8::192.0.2.13',
  '2001:db8:1:2:3:4::5',
  '0:0:0:0:0:0:0:e',
  '::ffff:192.0.2.7',
  '::ffff:c000:208',
  '192.0.2.010',
] as const

/** An IPv4 address of one of a few networks, one of them public, so that some come more than once. */
export function address4(random: Random): string {
  return `${random.pick(['192.0.2', '198.51.100', '10.1.0', '172.20.255', '8.8.8'])}.${random.between(1, 60)}`
}

/** Hostnames of endpoints: few, so that they are shared. */
export const hostnames = ['db-0', 'db-1', 'a', '1', 'svc', 'constructor', '192-0-2-1', longLabel] as const

/** Names of ports. */
export const portNames = ['http', 'dns', 'tcp', 'udp', 'a', '1', 'constructor', longLabel] as const

export const protocols = ['TCP', 'UDP', 'SCTP'] as const

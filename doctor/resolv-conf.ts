import { isIP } from 'node:net'

/** The text of a resolv.conf → the addresses of its nameservers in order; glibc uses the first three (resolv.conf(5)). */
export function readNameservers(text: string): string[] {
  return text
    .split('\n')
    .flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => isIP(address.replace(/%.*$/, '')) !== 0)
}

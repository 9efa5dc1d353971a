import { parseResolver, type Resolver } from './resolver.ts'

/**
 * The text of a resolv.conf → its nameservers, in order (resolv.conf(5)). Lines that cannot be read are ignored, as libc
 * does. The search list and the options are not read: they are for the programs of this machine, which apply them
 * themselves.
 */
export function readResolvConf(text: string): readonly Resolver[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [, address = ''] = /^\s*nameserver[ \t]+(\S+)/.exec(line) ?? []
    return parseResolver(address) ?? []
  })
}

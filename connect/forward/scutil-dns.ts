import { dnsPort, parseResolver, type Resolver } from './resolver.ts'

/**
 * The output of `scutil --dns` (macOS) → the resolvers for all names, in order. Left out are resolvers with a `domain`, which
 * answer for that domain only (VPNs, files in /etc/resolver), those for multicast DNS, and those of the part for scoped
 * queries, which repeats them for each interface.
 */
export function readScutilDns(text: string): readonly Resolver[] {
  const [all = ''] = text.split('DNS configuration (for', 1)
  return all
    .split(/^resolver #\d+\s*$/m)
    .slice(1)
    .flatMap(resolversOf)
}

function resolversOf(block: string): readonly Resolver[] {
  const rows = block.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*([^:]+?)\s*: (.*?)\s*$/.exec(line)
    return match ? [{ key: match[1] ?? '', value: match[2] ?? '' }] : []
  })
  const valueOf = (key: string): string | undefined => rows.find((row) => row.key === key)?.value
  const isForSome = valueOf('domain') !== undefined || valueOf('flags')?.includes('Supplemental')
  if (isForSome || valueOf('options')?.includes('mdns')) return []
  const port = Number(valueOf('port') ?? dnsPort)
  return rows
    .filter(({ key }) => key.startsWith('nameserver['))
    .flatMap(({ value }) => parseResolver(value, port) ?? [])
}

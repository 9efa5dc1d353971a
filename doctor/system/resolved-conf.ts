import type { DiskView } from '../../install/apply/disk.ts'
import { resolvedConfig } from '../../install/detect/linux.ts'
import { assignments } from '../../install/system/ini.ts'

/** The servers and domains that one file gives systemd-resolved. */
export type ResolvedFile = {
  readonly path: string
  readonly servers: readonly string[]
  /** As written: '~cluster.local' is a routing domain, 'cluster.local' a search domain as well. */
  readonly domains: readonly string[]
}

/** The files with global servers or domains of systemd-resolved, in the order in which it reads them. */
export async function readResolvedFiles(disk: DiskView): Promise<ResolvedFile[]> {
  const found = new Map<string, { readonly DNS: string[]; readonly Domains: string[] }>()
  for (const { path, key, value } of assignments(await resolvedConfig(disk), 'Resolve')) {
    if (key !== 'DNS' && key !== 'Domains') continue
    // An empty value clears the list, also of the files before (resolved.conf(5)).
    if (value === '') for (const lists of found.values()) lists[key].length = 0
    const lists = found.get(path) ?? { DNS: [], Domains: [] }
    if (value !== '') lists[key].push(...value.split(/\s+/))
    found.set(path, lists)
  }
  return [...found].map(([path, { DNS, Domains }]) => ({ path, servers: DNS, domains: Domains }))
}

import type { Ports } from '../ports.ts'

/** The servers and domains that one file gives systemd-resolved. */
export type ResolvedFile = {
  readonly path: string
  readonly servers: readonly string[]
  /** As written: '~cluster.local' is a routing domain, 'cluster.local' a search domain as well. */
  readonly domains: readonly string[]
}

/** Directories of drop-ins, those with the higher priority first (resolved.conf(5)). */
const directories = ['/etc', '/run', '/usr/local/lib', '/usr/lib'].map(
  (top) => `${top}/systemd/resolved.conf.d`,
)

/**
 * The files that configure systemd-resolved, in the order in which it reads them: resolved.conf, then the drop-ins by their
 * names. A drop-in hides those of the same name in directories of a lower priority.
 */
export async function readResolvedFiles(
  ports: Pick<Ports, 'readText' | 'listFiles'>,
): Promise<ResolvedFile[]> {
  const byName = new Map<string, string>()
  for (const directory of directories) {
    for (const name of await ports.listFiles(directory))
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${directory}/${name}`)
  }
  const dropIns = [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path)
  const files: ResolvedFile[] = []
  for (const path of ['/etc/systemd/resolved.conf', ...dropIns]) {
    const text = await ports.readText(path)
    if (text !== undefined) files.push({ path, ...readResolvedConf(text) })
  }
  return files
}

/** The text of a resolved.conf → DNS= and Domains= of its section [Resolve]. An empty value clears those before it. */
export function readResolvedConf(text: string): Omit<ResolvedFile, 'path'> {
  const lists: Record<string, string[]> = { DNS: [], Domains: [] }
  let section = ''
  for (const line of text.split('\n').map((each) => each.trim())) {
    section = /^\[(.*)\]$/.exec(line)?.[1] ?? section
    const [, key = '', value = ''] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? []
    if (section !== 'Resolve' || !Object.hasOwn(lists, key)) continue
    lists[key] = value === '' ? [] : [...(lists[key] ?? []), ...value.split(/\s+/)]
  }
  return { servers: lists['DNS'] ?? [], domains: lists['Domains'] ?? [] }
}

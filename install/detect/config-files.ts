import { join } from 'node:path'
import { type DiskView, readText } from '../apply/disk.ts'
import type { ConfigFile } from '../facts.ts'

/** Files that exist, with their texts, in the order given. */
export async function configFiles(disk: DiskView, paths: readonly string[]): Promise<ConfigFile[]> {
  const files: ConfigFile[] = []
  for (const path of paths) {
    const text = await readText(disk, path)
    if (text !== undefined) files.push({ path, text })
  }
  return files
}

/**
 * The drop-ins of some directories, in the order in which they are read: by name, whatever the directory, and of files with
 * the same name only that of the first directory (systemd.unit(5), NetworkManager.conf(5)).
 */
export async function dropIns(disk: DiskView, directories: readonly string[]): Promise<ConfigFile[]> {
  const paths = new Map<string, string>()
  for (const directory of directories)
    for (const name of await disk.list(directory))
      if (name.endsWith('.conf') && !paths.has(name)) paths.set(name, join(directory, name))
  const ordered = [...paths].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path)
  return configFiles(disk, ordered)
}

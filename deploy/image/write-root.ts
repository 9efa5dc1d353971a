import { chmod, chown, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageFiles } from './image.ts'

/** Writes the files of all layers below `dir`, with their modes; as root, with their owners. */
export async function writeRoot(dir: string, layers: ImageFiles['layers']): Promise<void> {
  const isRoot = process.getuid?.() === 0
  const entries = layers.flatMap((layer) => layer.entries).toSorted((a, b) => (a.path < b.path ? -1 : 1))
  await mkdir(dir, { recursive: true })
  for (const entry of entries) {
    const path = join(dir, entry.path)
    if (entry.kind === 'link') await symlink(entry.target, path)
    else if (entry.kind === 'directory') await mkdir(path, { recursive: true })
    else await writeFile(path, entry.bytes)
    if (entry.kind === 'link') continue
    await chmod(path, entry.mode)
    if (isRoot) await chown(path, entry.owner ?? 0, entry.owner ?? 0)
  }
}

import { basename, dirname } from 'node:path'
import { type DiskView, stagingPath } from './disk.ts'
import type { Journal } from './journal.ts'

/**
 * The file system as it was without the installation that a journal records. So a second installation sees the same
 * machine as the first, and makes the same plan. Files that somebody changed since are seen as they were before it.
 */
export function withoutInstallation(disk: DiskView, journal: Journal | undefined): DiskView {
  if (!journal) return disk
  const files = new Map(
    journal.entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path, entry.former] as const] : [])),
  )
  const hidden = new Set(
    [...files].flatMap(([path, former]) => (former ? [stagingPath(path)] : [path, stagingPath(path)])),
  )
  return {
    async look(path) {
      if (hidden.has(path)) return undefined
      const former = files.get(path)
      if (!former) return disk.look(path)
      const backup = await disk.look(former.backup)
      if (backup?.kind !== 'file') return disk.look(path)
      const { mode, uid, gid } = former
      return { ...backup, mode, uid, gid }
    },
    async list(path) {
      const gone = new Set([...hidden].filter((each) => dirname(each) === path).map((each) => basename(each)))
      return (await disk.list(path)).filter((name) => !gone.has(name))
    },
  }
}

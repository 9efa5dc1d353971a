import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Resources of a process; memory in MB. */
export type ProcessUsage = {
  readonly residentMb: number
  readonly files: number
  readonly sockets: number
  readonly threads: number
}

/** Reads the resources of a process from /proc. Throws the system's error if it has ended. */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const numberOf = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+([0-9]+)`, 'm').exec(status)?.[1])
  const dir = `/proc/${pid}/fd`
  const names = await readdir(dir)
  // A descriptor that is closed between the two calls is not a leak.
  const targets = await Promise.all(names.map((name) => readlink(join(dir, name)).catch(() => '')))
  const open = targets.filter((target) => target !== '')
  return {
    residentMb: numberOf('VmRSS') / 1024,
    files: open.length,
    sockets: open.filter((target) => target.startsWith('socket:')).length,
    threads: numberOf('Threads'),
  }
}

/** The size of a SQLite database with its log files, in MB. */
export async function databaseMb(file: string): Promise<number> {
  const sizes = await Promise.all(
    ['', '-wal', '-shm'].map((ending) =>
      stat(file + ending).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0) / 2 ** 20
}

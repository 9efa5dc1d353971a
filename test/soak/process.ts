import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What a process holds now; memory in MB. */
export type Held = {
  readonly residentMb: number
  readonly files: number
  readonly sockets: number
  readonly threads: number
}

/** Looks at a process through /proc. Throws the system's error when it is gone. */
export async function heldBy(pid: number): Promise<Held> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const numberOf = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+([0-9]+)`, 'm').exec(status)?.[1])
  const dir = `/proc/${pid}/fd`
  const names = await readdir(dir)
  // One that is closed between the two calls is no leak.
  const targets = await Promise.all(names.map((name) => readlink(join(dir, name)).catch(() => '')))
  const open = targets.filter((target) => target !== '')
  return {
    residentMb: numberOf('VmRSS') / 1024,
    files: open.length,
    sockets: open.filter((target) => target.startsWith('socket:')).length,
    threads: numberOf('Threads'),
  }
}

/** A database and the files that SQLite keeps beside it, in MB. */
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

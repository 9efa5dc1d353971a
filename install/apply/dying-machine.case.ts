import { existsSync } from 'node:fs'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Disk, openDisk } from './disk.ts'
import type { Ended, Machine } from './machine.ts'

/** A machine in a directory, and the commands that were run on it. */
export type TestMachine = Machine & { readonly root: string; readonly commands: string[] }

/** Makes a machine with these files, for a test that calls `use`; the directory is removed afterwards. */
export async function withMachine<T>(
  files: Readonly<Record<string, string>>,
  use: (machine: TestMachine) => Promise<T>,
  run: (argv: readonly string[]) => Ended = () => ({ code: 0, isMissing: false, output: '' }),
): Promise<T> {
  // Memory, where there is one: these tests wait for the disk thousands of times.
  const root = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'kubedoh-install-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(root + path), { recursive: true })
      await writeFile(root + path, text)
      await chmod(root + path, 0o644)
    }
    await mkdir(join(root, 'var/lib'), { recursive: true })
    const commands: string[] = []
    return await use({
      root,
      commands,
      disk: openDisk(root),
      run: async (argv) => {
        commands.push(argv.join(' '))
        return run(argv)
      },
      pause: () => Promise.resolve(),
      stateDir: '/var/lib/kubedoh/connect',
      signal: new AbortController().signal,
    })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** Everything below a directory: paths with type, mode, and content or target. */
export async function readTree(root: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {}
  for (const name of (await readdir(root, { recursive: true })).toSorted()) {
    const path = join(root, name)
    const found = await lstat(path)
    const mode = (found.mode & 0o7777).toString(8)
    const { uid, gid } = found
    const content = found.isFile()
      ? await readFile(path, 'base64')
      : found.isSymbolicLink()
        ? await readlink(path)
        : 'directory'
    tree[name] = `${mode} ${uid}:${gid} ${content}`
  }
  return tree
}

/** A machine whose process dies at one of its changes, as by SIGKILL: nothing that would run later runs. */
export type Dying = {
  readonly machine: Machine
  /** Resolves when the process has died. */
  readonly died: Promise<'died'>
}

/** The machine, seen by a process that dies instead of its change number `at`, counted from 0. A file is then half written. */
export function dying(machine: Machine, at: number): Dying {
  const { promise: died, resolve: die } = Promise.withResolvers<'died'>()
  let changes = 0
  // A promise that never settles: a dead process runs no `catch` and no `finally`.
  const dead = (): Promise<never> => {
    die('died')
    return new Promise(() => {})
  }
  const change =
    <A extends unknown[], R>(act: (...args: A) => Promise<R>, half?: (...args: A) => Promise<unknown>) =>
    async (...args: A): Promise<R> => {
      const isLast = changes++ >= at
      if (isLast) await half?.(...args)
      return isLast ? dead() : act(...args)
    }
  const { disk } = machine
  const mortal: Disk = {
    look: disk.look,
    list: disk.list,
    put: change(disk.put, (path, bytes, attributes) =>
      disk.put(path, bytes.subarray(0, bytes.length / 2), attributes),
    ),
    rename: change(disk.rename),
    remove: change(disk.remove),
    makeDirectory: change(disk.makeDirectory),
    removeDirectory: change(disk.removeDirectory),
  }
  // A command that was started ends, although the process that waits for it is dead.
  return { machine: { ...machine, disk: mortal, run: change(machine.run, machine.run) }, died }
}

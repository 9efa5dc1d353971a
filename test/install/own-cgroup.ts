import { mkdtemp, readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../wait-for.ts'

/** A cgroup of one machine. Two machines in the same one would each end the services of the other. */
export type OwnCgroup = {
  /** The words in front of a command that start it in the cgroup. */
  readonly enter: readonly string[]
  /** Removes the cgroup, when all of its processes have ended. */
  remove(): Promise<void>
}

/** Makes a cgroup of version 2, for root. Throws the system's errors, and where version 2 is not mounted. */
export async function ownCgroup(): Promise<OwnCgroup> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  const top = mounts
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '))
    ?.split(' ')[4]
  if (top === undefined) throw new Error('no cgroup2 is mounted')
  const dir = await mkdtemp(join(top, 'kubedoh-machine-'))
  return {
    enter: ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', dir],
    async remove() {
      await waitFor('the end of all processes of the cgroup', async () => {
        await removeTree(dir)
        return true
      })
    },
  }
}

/** Removes a cgroup and those below it. Their files go with them. */
async function removeTree(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true }))
    if (entry.isDirectory()) await removeTree(join(dir, entry.name))
  await rmdir(dir)
}

import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * Released versions by commit, since a clone may lack the tags. The last one is the release before this code. 0.1.0 had no access
 * policies.
 */
export const formerReleases = {
  '0.1.0': '3bf690397a9dfaeb6c70b6ed7ea5f8a2ef503397',
  '0.2.0': '9b5bbc04ed43d23c37abeeae3146e65d748c57b1',
} as const

/** The release before this code. */
export const formerVersion = '0.2.0'

/** The files of a released version, in a directory that `remove` deletes; or the reason why there are none. */
export type FormerRelease =
  | { readonly dir: string; readonly main: string; remove(): Promise<void> }
  | { readonly dir?: undefined; readonly reason: string; remove(): Promise<void> }

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/**
 * Extracts a released version from the history. It uses the packages of this code. `main` is the path of its command. Throws with
 * CI=true where the history lacks the commit, as in a shallow clone.
 */
export async function extractRelease(version: keyof typeof formerReleases): Promise<FormerRelease> {
  const commit = formerReleases[version]
  const isThere = await run('git', ['-C', root, 'cat-file', '-e', `${commit}^{commit}`]).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    const reason = `the history has no commit ${commit} of release ${version}: a shallow clone needs git fetch --unshallow`
    if (process.env.CI === 'true') throw new Error(reason)
    return { reason, remove: () => Promise.resolve() }
  }
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-former-'))
  await run('sh', ['-c', `git -C '${root}' archive ${commit} | tar -x -C '${dir}'`])
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'))
  return { dir, main: join(dir, 'cli', 'main.ts'), remove: () => rm(dir, { recursive: true }) }
}

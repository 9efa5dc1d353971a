import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** The version of Bun that the suites run on, and that docs/bun.md and deploy/Dockerfile name. */
export const bunVersion = '1.4.5'

/**
 * The absolute path of Bun. It is downloaded by npm, from the package of this platform, into KUBEDOH_BUN_CACHE or else
 * ~/.cache/kubedoh/bun (XDG_CACHE_HOME is respected), unless it is there. It is no dependency of the project, because
 * most clones do not need its 100 MB. Throws npm's error.
 */
export async function installBun(env = process.env): Promise<string> {
  const name = `@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`
  const cache =
    env.KUBEDOH_BUN_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubedoh', 'bun')
  const dir = join(cache, bunVersion)
  const program = join(dir, 'node_modules', name, 'bin', 'bun')
  if (existsSync(program)) return program
  await mkdir(dirname(dir), { recursive: true })
  // Installed elsewhere and renamed, so that two runs at once do not disturb each other.
  const partial = await mkdtemp(`${dir}-`)
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', partial]
  await promisify(execFile)('npm', ['install', ...options, `${name}@${bunVersion}`])
  await rename(partial, dir).catch(async (error: unknown) => {
    await rm(partial, { recursive: true })
    if (!existsSync(program)) throw error
  })
  return program
}

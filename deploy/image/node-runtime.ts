import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Platform } from './platform.ts'

const execute = promisify(execFile)

/** The Node runtime of a platform. */
export type NodeRuntime = { readonly version: string; readonly program: Buffer; readonly license: Buffer }

type Locked = { readonly version: string; readonly integrity: string }

/**
 * Reads the Node runtime that package-lock.json in `root` names for a platform: from node_modules, or downloaded by npm
 * into `dir` and compared with the lock. Throws Error if the download differs from the lock, and with npm's message.
 */
export async function nodeRuntime(
  { nodePackage }: Platform,
  root: string,
  dir: string,
): Promise<NodeRuntime> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>
  }
  const locked = lock.packages[`node_modules/${nodePackage}`]
  if (!locked) throw new Error(`package-lock.json does not have ${nodePackage}`)
  const installed = join(root, 'node_modules', nodePackage)
  const isInstalled = existsSync(join(installed, 'bin', 'node'))
  const place = isInstalled ? installed : await download(nodePackage, locked, dir)
  return {
    version: locked.version,
    program: await readFile(join(place, 'bin', 'node')),
    license: await readFile(join(place, 'LICENSE')),
  }
}

async function download(name: string, { version, integrity }: Locked, dir: string): Promise<string> {
  await mkdir(dir, { recursive: true })
  await execute('npm', ['pack', '--silent', `${name}@${version}`], { cwd: dir })
  const [file = ''] = (await readdir(dir)).filter((each) => each.endsWith('.tgz'))
  const hash = createHash('sha512').update(await readFile(join(dir, file)))
  if (`sha512-${hash.digest('base64')}` !== integrity)
    throw new Error(`${name}@${version} is not the one of package-lock.json`)
  await execute('tar', ['-xzf', file], { cwd: dir })
  return join(dir, 'package')
}

import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { stagePackage } from '../../../deploy/npm/stage.ts'

const execute = promisify(execFile)

/** npm's report of a tarball, as far as tests read it. Sizes in bytes. */
export type Tarball = {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string; readonly mode: number }[]
}

/** The package, packed by npm and installed by it into a directory that was empty. */
export type Installed = {
  readonly dir: string
  readonly tarball: Tarball
  /** The launcher, as npm linked it. */
  readonly bin: string
  /** Runs a program in the directory with its local programs on the PATH. Rejects if it fails, with its output. */
  run(
    program: string,
    ...args: readonly string[]
  ): Promise<{ readonly stdout: string; readonly stderr: string }>
  remove(): Promise<void>
}

/** The environment without what npm gives to scripts of this project, and with this process's Node first on the PATH. */
function cleanEnvironment(dir: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))
  const path = [join(dir, 'node_modules', '.bin'), dirname(process.execPath), process.env.PATH ?? '']
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) }
}

/**
 * Builds the package, packs it with `npm pack`, and installs the tarball into an empty directory. The network is not
 * used: the package needs no other one, except the optional Nodes, which are left out.
 */
export async function installPackage(): Promise<Installed> {
  const home = await mkdtemp(join(tmpdir(), 'kubedoh-npm-'))
  const dir = join(home, 'empty')
  await mkdir(dir)
  const run: Installed['run'] = (program, ...args) =>
    execute(program, args, { cwd: dir, env: cleanEnvironment(dir) })
  await stagePackage(join(home, 'package'))
  const packed = await run('npm', 'pack', '--json', '--pack-destination', home, join(home, 'package'))
  const report: unknown = JSON.parse(packed.stdout)
  // npm lists tarballs in an array, or by package name in its later versions.
  const [tarball] = Object.values(report as Readonly<Record<string, Tarball>>)
  if (!tarball) throw new Error(`npm pack reported ${packed.stdout}`)
  await writeFile(join(dir, 'package.json'), '{ "type": "module", "private": true }')
  const quiet = ['--offline', '--omit=optional', '--no-audit', '--no-fund']
  await run('npm', 'install', ...quiet, join(home, tarball.filename))
  return {
    dir,
    tarball,
    bin: join(dir, 'node_modules', '.bin', 'kubedoh'),
    run,
    remove: () => rm(home, { recursive: true }),
  }
}

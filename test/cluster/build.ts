import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isMissing, run } from './command.ts'
import { ClusterError } from './errors.ts'
import { withLock } from './lock.ts'
import { type Log, logToStderr } from './log.ts'
import { type Group, type Programs, type Source, sources } from './programs.ts'

const modulesDir = join(import.meta.dirname, 'modules')
const heartbeatMs = 15_000
const partial = '.partial-'
// Builds need no C compiler; -s -w leaves out debug information, which halves the files.
const buildFlags = ['-mod=readonly', '-trimpath', '-ldflags', '-s -w']
const buildEnv = { CGO_ENABLED: '0', GOWORK: 'off' }

/** buildSources for every program of a control plane. */
export function buildPrograms(log: Log = logToStderr, env = process.env): Promise<Programs> {
  return buildSources(sources, log, env)
}

/**
 * Builds the programs that are not in the cache yet, which takes minutes for a whole control plane. Returns the
 * absolute path of each program by its name. Each group of programs has a directory named by the hash of its go.mod and
 * go.sum, below KUBEDOH_CLUSTER_CACHE or else ~/.cache/kubedoh/cluster (XDG_CACHE_HOME is respected).
 * Throws ClusterError GO_MISSING if a program must be built and `go` is missing, BUILD_FAILED with the output of Go.
 */
export async function buildSources<Name extends string>(
  wanted: readonly Source<Name>[],
  log: Log = logToStderr,
  env = process.env,
): Promise<Readonly<Record<Name, string>>> {
  const root = cacheRoot(env)
  const files = new Map<Source<Name>, string>()
  for (const source of wanted)
    files.set(source, join(root, `${source.group}-${await fingerprint(source.group)}`, source.name))
  const paths = Object.fromEntries(Array.from(files, ([{ name }, file]) => [name, file])) as Record<
    Name,
    string
  >
  if (missing(files).length === 0) return paths

  await mkdir(root, { recursive: true })
  const waiting = () => log('another process is building the programs, waiting for it')
  await withLock(join(root, 'build.lock'), () => buildMissing(files, log, env), waiting)
  return paths
}

/** The absolute path of a program in the cache; undefined if it is not built yet. */
export async function builtSource({ name, group }: Source, env = process.env): Promise<string | undefined> {
  const file = join(cacheRoot(env), `${group}-${await fingerprint(group)}`, name)
  return existsSync(file) ? file : undefined
}

async function buildMissing(
  files: ReadonlyMap<Source, string>,
  log: Log,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const wanted = missing(files)
  for (const [index, [source, file]] of wanted.entries()) {
    const label = `${source.name} (${index + 1} of ${wanted.length})`
    await reported(label, log, () => build(source, file, env))
  }
}

/** Writes to a temporary name first, so that a file with the program's name is always complete. */
async function build(source: Source, file: string, env: NodeJS.ProcessEnv): Promise<void> {
  const dir = join(file, '..')
  await mkdir(dir, { recursive: true })
  for (const name of await readdir(dir)) if (name.includes(partial)) await rm(join(dir, name))
  const unfinished = `${file}${partial}${process.pid}`
  try {
    await run('go', ['build', ...buildFlags, '-o', unfinished, source.package], {
      cwd: join(modulesDir, source.group),
      env: { ...env, ...buildEnv },
    })
  } catch (error) {
    if (isMissing(error))
      throw new ClusterError('GO_MISSING', 'Go is not installed: no `go` in PATH', { cause: error })
    throw new ClusterError('BUILD_FAILED', error instanceof Error ? error.message : String(error), {
      cause: error,
    })
  }
  await rename(unfinished, file)
}

async function reported(label: string, log: Log, work: () => Promise<void>): Promise<void> {
  const begun = performance.now()
  const seconds = () => `${Math.round((performance.now() - begun) / 1000)} s`
  log(`building ${label}`)
  const heartbeat = setInterval(() => log(`still building ${label}, ${seconds()}`), heartbeatMs)
  try {
    await work()
    log(`built ${label} in ${seconds()}`)
  } finally {
    clearInterval(heartbeat)
  }
}

function missing(files: ReadonlyMap<Source, string>): [Source, string][] {
  return [...files].filter(([, file]) => !existsSync(file))
}

function cacheRoot(env: NodeJS.ProcessEnv): string {
  return (
    env.KUBEDOH_CLUSTER_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kubedoh', 'cluster')
  )
}

/** A hash of everything that determines a group's programs, as 16 hexadecimal digits. */
async function fingerprint(group: Group): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${buildFlags.join(' ')}\n`)
  for (const name of ['go.mod', 'go.sum']) hash.update(await readFile(join(modulesDir, group, name)))
  return hash.digest('hex').slice(0, 16)
}

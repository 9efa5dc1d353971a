import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { errorText, systemCode } from '../../host/errors.ts'
import { type EdgeZones, edgeZonesText, readEdgeZones } from '../../setup/edge-zones.ts'
import type { Log } from '../../worker/ports.ts'

/** What a stub knows of its edge from its last run. */
export type EdgeState = {
  readonly zones: EdgeZones | undefined
  /** The addresses of the edge's host. */
  readonly addresses: readonly string[]
  /** The resolvers that the system used, as text. */
  readonly resolvers: readonly string[]
}

const nothing: EdgeState = { zones: undefined, addresses: [], resolvers: [] }

/**
 * The file of --state; undefined for none. The default is in the user's cache directory, with a hash of the URL in its name:
 * the file never has the URL, since that may contain a token.
 */
export function stateFileOf(
  option: string | undefined,
  dohUrl: string,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (option !== undefined) return option === 'none' ? undefined : option
  const caches = env.XDG_CACHE_HOME ?? env.LOCALAPPDATA ?? join(homedir(), '.cache')
  const hash = createHash('sha256').update(dohUrl).digest('hex').slice(0, 16)
  return join(caches, 'kubedoh', `connect-${hash}.json`)
}

/** Reads a state file. A missing or damaged one is an empty state: everything in it is learned again. */
export async function readState(file: string | undefined): Promise<EdgeState> {
  if (file === undefined) return nothing
  try {
    const { zones, addresses, resolvers } = JSON.parse(await readFile(file, 'utf8')) as Record<
      string,
      unknown
    >
    return {
      zones: zones === undefined ? undefined : readEdgeZones(JSON.stringify(zones)),
      addresses: textsOf(addresses),
      resolvers: textsOf(resolvers),
    }
  } catch {
    return nothing
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** Writes a state file, for its owner only. A failure is logged: without the file only a start without the edge fails. */
export async function writeState(
  file: string | undefined,
  { zones, addresses, resolvers }: EdgeState,
  log: Log,
): Promise<void> {
  if (file === undefined) return
  const content = { zones: zones && (JSON.parse(edgeZonesText(zones)) as unknown), addresses, resolvers }
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const written = `${file}.${process.pid}`
    await writeFile(written, `${JSON.stringify(content)}\n`, { mode: 0o600 })
    await rename(written, file)
  } catch (error) {
    log.warn('state not written', { file, reason: systemCode(error) ?? errorText(error) })
  }
}

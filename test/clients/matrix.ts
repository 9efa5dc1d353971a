import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Row } from './client.ts'
import { ended, skipWithout } from './program.ts'
import type { ClientPrograms } from './programs.ts'

const inside = join(import.meta.dirname, 'inside.ts')
/** The process namespace is included: when its first process ends, all others end as well. */
const namespaces = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']

/** The reason why this machine cannot create the namespaces, or false. With CI=true that is an error. */
export async function noNamespace(): Promise<string | false> {
  const missing = (await skipWithout('unshare')) || (await skipWithout('ip'))
  if (missing) return missing
  const { code, stderr } = await ended('unshare', [...asRoot(), ...namespaces, 'true'])
  if (code === 0) return false
  if (process.env.CI === 'true') throw new Error(`CI must have namespaces: ${stderr}`)
  return `cannot create a namespace: ${stderr.trim()}`
}

/**
 * Runs every case with every client, in a new network namespace with an edge and a page, and yields a row for each
 * client when it is complete. Browsers are optional and last; `only` is a part of the names of the wanted clients. Leaves nothing behind on the machine.
 * Throws with the text of stderr when the namespace or a client failed to start.
 */
export async function* runMatrix(
  programs: ClientPrograms,
  browsers: boolean,
  only = '',
): AsyncGenerator<Row> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-clients-'))
  const command = [
    ...asRoot(),
    ...namespaces,
    process.execPath,
    inside,
    JSON.stringify(programs),
    browsers ? 'browsers' : '',
    only,
  ]
  const env = { ...process.env, TMPDIR: dir }
  const child = spawn('unshare', command, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const closed = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code) => resolve(code === 0 ? '' : `ended with ${code}: ${stderr}`))
  })
  try {
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Row
    const failure = await closed
    if (failure !== '') throw new Error(`the clients' namespace: ${failure}`)
  } finally {
    child.kill('SIGKILL')
    await closed
    await rm(dir, { recursive: true, force: true })
  }
}

function asRoot(): string[] {
  return process.getuid?.() === 0 ? [] : ['--map-root-user']
}

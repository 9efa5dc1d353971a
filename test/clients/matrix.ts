import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Row } from './client.ts'
import { ended, skipWithout } from './program.ts'
import type { ClientPrograms } from './programs.ts'

const inside = join(import.meta.dirname, 'inside.ts')
/** Of processes too: with the first of them, all that were started end. */
const namespaces = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child']

/** Why this machine cannot have the namespaces, or false. Under CI=true that is an error instead. */
export async function noNamespace(): Promise<string | false> {
  const missing = (await skipWithout('unshare')) || (await skipWithout('ip'))
  if (missing) return missing
  const { code, stderr } = await ended('unshare', [...asRoot(), ...namespaces, 'true'])
  if (code === 0) return false
  if (process.env.CI === 'true') throw new Error(`CI must have namespaces: ${stderr}`)
  return `no namespace of its own: ${stderr.trim()}`
}

/**
 * Asks every client for every case, in a network namespace with an edge and a page of its own, and gives a row
 * per client as soon as it is known. Browsers come last, if at all. Nothing is left behind on the machine.
 * Throws with what was printed on stderr when it could not be done.
 */
export async function* runMatrix(programs: ClientPrograms, browsers: boolean): AsyncGenerator<Row> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-clients-'))
  const command = [
    ...asRoot(),
    ...namespaces,
    process.execPath,
    inside,
    JSON.stringify(programs),
    browsers ? 'browsers' : '',
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

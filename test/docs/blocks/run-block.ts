import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { type Block, outputFault } from './block.ts'

/** Where a block runs. */
export type BlockPlace = {
  readonly dir: string
  readonly env: Readonly<Record<string, string>>
  /** Texts that stand for something that a reader has to fill in, such as TOKEN, and their replacements. */
  readonly fillIns: Readonly<Record<string, string>>
}

/** How long a block may take until it ends or a server says that it is ready (ms). Only ends tests that hang. */
const limitMs = 240_000
/** How long the output of a server that is ready may lack an expected line (ms). */
const outputMs = 10_000

/** The lines that `up`, `serve` and `connect`, or `sync`, print when they have started. */
const started = /^ready |info published /m

/**
 * Runs a block with `sh -e`. A block ends with its last command, or when that is a server which says that it has started; the
 * server then keeps running. Returns what is wrong, or undefined: another exit code than `exit=` says (0), or a
 * line of its `text output` that was not printed.
 */
export async function runBlock(block: Block, { dir, env, fillIns }: BlockPlace): Promise<string | undefined> {
  let code = block.code
  for (const [text, value] of Object.entries(fillIns))
    code = code.replaceAll(new RegExp(`\\b${text}\\b`, 'g'), value)
  const child = spawn('sh', ['-ec', code], { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  const { promise, resolve } = Promise.withResolvers<number | 'started' | 'late'>()
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (started.test(printed)) resolve('started')
    })
  child.on('close', (exit) => resolve(exit ?? -1))
  const timer = setTimeout(() => resolve('late'), limitMs)
  const end = await promise
  clearTimeout(timer)
  const place = `${block.page}:${block.line}`
  const wanted = Number(block.marks.exit ?? 0)
  if (end === 'late') return `${place}: neither ended nor started a server: ${printed}`
  if (end !== 'started' && end !== wanted)
    return `${place}: exit code ${end} instead of ${wanted}: ${printed}`
  const missing = await missingLine(block.output, () => printed, child)
  return missing === undefined ? undefined : `${place}: the output lacks "${missing}": ${printed}`
}

async function missingLine(
  expected: readonly string[],
  printed: () => string,
  child: ChildProcess,
): Promise<string | undefined> {
  const deadline = Date.now() + outputMs
  for (;;) {
    const missing = outputFault(expected, printed())
    if (missing === undefined || child.exitCode !== null || Date.now() > deadline) return missing
    await wait(50)
  }
}

/** Runs blocks in order until one fails; returns its fault, or undefined. */
export async function runBlocks(blocks: readonly Block[], place: BlockPlace): Promise<string | undefined> {
  for (const block of blocks) {
    const fault = await runBlock(block, place)
    if (fault !== undefined) return fault
  }
  return undefined
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { query } from '../test/blackbox/ask.ts'
import type { Contender, Score } from './contender.ts'
import { nodeContenders } from './node-contenders.ts'
import { type Effort, runRounds } from './rounds.ts'
import { showScores } from './table.ts'
import { workerdContenders } from './workerd-contenders.ts'

/*
 * npm run bench [-- --rounds N --requests N --out FILE]
 * Loads our servers and the bare floors in turn, prints a table with the ratios, and writes it as JSON.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '60000' },
    out: { type: 'string', default: 'bench/result.json' },
  },
})
const effort: Effort = { rounds: Number(values.rounds), requests: Number(values.requests), warmUp: 20_000 }
const tell = (line: string): void => void process.stderr.write(`${line}\n`)
const dir = await mkdtemp(join(tmpdir(), 'kubedoh-bench-'))

try {
  const body = join(dir, 'query.bin')
  await writeFile(body, query('none-linuxea.default.svc.cluster.local', 1))
  const node = await contest(await nodeContenders(), body)
  const { contenders, bundle } = await workerdContenders()
  const worker = await contest(contenders, body)
  const gzipped = gzipSync(bundle).length
  process.stdout.write(
    [
      showScores(
        'one question, headless Service of 3, HTTP/2 over TLS (16 connections, 4 streams each)',
        node,
      ),
      '',
      showScores('the same question on `workerd serve`, HTTP/1.1 (16 connections)', worker),
      '',
      `Worker bundle: ${(bundle.length / 1024).toFixed(1)} KB, gzipped ${(gzipped / 1024).toFixed(1)} KB`,
      '',
    ].join('\n'),
  )
  await writeFile(
    values.out,
    `${JSON.stringify({ node, worker, bundle: { bytes: bundle.length, gzipped } }, undefined, 2)}\n`,
  )
} finally {
  await rm(dir, { recursive: true })
}

async function contest(contenders: readonly Contender[], bodyFile: string): Promise<[Score, Score]> {
  try {
    const [ours, floor] = await runRounds(contenders, bodyFile, effort, tell)
    if (!ours || !floor) throw new Error('a contest has two contenders')
    return [ours, floor]
  } finally {
    for (const contender of contenders) await contender.stop()
  }
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createCleanup } from './cleanup.ts'
import { comparisonRows } from './comparison-rows.ts'
import { ownRows } from './own-rows.ts'
import type { Bench } from './rounds.ts'
import type { Result } from './row.ts'
import { scaleRows } from './scale/rows.ts'
import { createServers } from './servers.ts'
import { showResult } from './table.ts'
import { tokenRows } from './token-rows.ts'
import { udpRows } from './udp/rows.ts'
import { workerRows } from './worker-row.ts'

const rows = { ...comparisonRows, ...ownRows, ...scaleRows, ...tokenRows, ...udpRows, ...workerRows }
const help = `npm run bench -- [options]

Measures our servers, bare servers, and the other DNS servers that are installed, in alternating rounds, and prints
tables. docs/performance.md explains the rows. Needs h2load, and dnsperf for rows n and o. Loads addresses of this machine only.

  --only ROW      measure only this row (${Object.keys(rows).join(', ')}); may be repeated
  --rounds N      rounds for each server; the median counts (default: 5)
  --requests N    requests per round (default: 60000)
  --out FILE      write the results to this file, as JSON (default: bench/result.json)
  --help          print this text
`

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '60000' },
    out: { type: 'string', default: 'bench/result.json' },
    help: { type: 'boolean', default: false },
  },
})
const tell = (line: string): void => void process.stderr.write(`${line}\n`)
const isCount = (text: string): boolean => /^[1-9][0-9]{0,7}$/.test(text)
const unknown = values.only.find((row) => !Object.hasOwn(rows, row))
if (values.help) process.stdout.write(help)
else if (unknown !== undefined)
  fail(`--only ${unknown}: no such row; the rows are ${Object.keys(rows).join(', ')}`)
else if (!isCount(values.rounds) || !isCount(values.requests))
  fail('--rounds and --requests have to be integers from 1 to 99999999')
else await run(values.only.length > 0 ? values.only : Object.keys(rows))

function fail(reason: string): void {
  tell(`bench: ${reason}`)
  process.exitCode = 2
}

async function run(chosen: readonly string[]): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'kubedoh-bench-'))
  const cleanup = createCleanup(tell)
  cleanup.add(() => rm(dir, { recursive: true, force: true }))
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      tell('ending the servers')
      ending.abort()
      void cleanup.run().then(() => process.exit(130))
    })
  }
  const effort = { rounds: Number(values.rounds), requests: Number(values.requests) }
  const bench: Bench = { effort, dir, tell, signal: ending.signal }
  const servers = createServers(cleanup, bench)
  const results: Result[] = []
  try {
    for (const row of chosen) {
      for (const result of (await rows[row]?.(servers, bench)) ?? []) {
        results.push(result)
        process.stdout.write(`${showResult(result)}\n`)
      }
      await writeFile(values.out, `${JSON.stringify({ effort, results }, undefined, 2)}\n`)
    }
  } catch (error) {
    if (!ending.signal.aborted) throw error
  } finally {
    await cleanup.run()
  }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { installBun } from './install-bun.ts'

/*
 * npm run test:bun                     the suites of the edge, with `kubedoh serve` and `kubedoh up` on Bun
 * npm run test:bun -- --short          the part of them that runs in CI
 * npm run test:bun -- blackbox/abuse   only files whose path contains one of the texts; options as for npm test
 */

/** Text in the paths of the test files that start `serve` or `up`. */
const whole = [
  'test/blackbox/',
  'test/check/node',
  'test/conformance/node',
  'test/conformance/transports',
  'test/protocol/',
  'test/cli/up',
  'test/clients/clients',
  'host/bun/',
]
const short = ['test/blackbox/node.test', 'test/blackbox/hangup', 'test/blackbox/workers', 'test/check/node']

const words = process.argv.slice(2)
const isShort = words.includes('--short')
const given = words.filter((word) => word !== '--short')
const hasFilter = given.some((word) => !word.startsWith('-'))
const args = [...given, ...(hasFilter ? [] : isShort ? short : whole)]

const program = await installBun()
const child = spawn(process.execPath, [join(import.meta.dirname, '../run.ts'), ...args], {
  stdio: 'inherit',
  env: { ...process.env, KUBEDOH_TEST_RUNTIME: program },
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
const [code] = (await once(child, 'exit')) as [number | null]
process.exitCode = code ?? 1

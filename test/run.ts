import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism, constants } from 'node:os'
import { dirname } from 'node:path'

/*
 * npm test                     every *.test.ts except those of test/cluster
 * npm run test:cluster         the files of test/cluster, one after the other
 * npm test -- dns worker/app   only files whose path contains one of the texts
 * npm test -- --test-name-pattern=padding    any option of `node --test`
 */

const root = dirname(import.meta.dirname)
/**
 * The time limit of one test file (ms). The slowest takes 40 s on an idle machine with two cores; slow and busy machines
 * need more. The limit only has to end tests that hang.
 */
const unitTimeoutMs = 10 * 60_000
/** The first run of the cluster tests compiles a control plane. */
const clusterTimeoutMs = 30 * 60_000
const graceMs = 5_000
/**
 * For the whole run, since a test that blocks its own process does not see its timeout. All unit tests take about
 * 15 minutes on two cores.
 */
const deadlineMs = { unit: 60 * 60_000, cluster: 60 * 60_000 }

/** Options of `node --test` whose value may be the next argument. */
const withValue = [
  '--test-name-pattern',
  '--test-skip-pattern',
  '--test-reporter',
  '--test-reporter-destination',
  '--test-concurrency',
  '--test-timeout',
  '--test-shard',
  '--test-isolation',
]

const given = readArguments(process.argv.slice(2))
const files = chooseFiles(given.cluster, given.filters)
if (files.length === 0) {
  console.error(`no test file matches: ${given.filters.join(' ') || '*.test.ts'}`)
  process.exit(2)
}
await runTests(files)

function readArguments(words: readonly string[]): { cluster: boolean; filters: string[]; options: string[] } {
  const filters: string[] = []
  const options: string[] = []
  let cluster = false
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '--cluster') cluster = true
    else if (!word.startsWith('-')) filters.push(word)
    else if (withValue.includes(word)) options.push(`${word}=${words[++at] ?? ''}`)
    else options.push(word)
  }
  return { cluster, filters, options }
}

function chooseFiles(cluster: boolean, filters: readonly string[]): string[] {
  const all = globSync('**/*.test.ts', {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist|\.[^/]+)$/.test(path),
  })
  return all
    .filter((file) => file.startsWith('test/cluster/') === cluster)
    .filter(
      (file) => filters.length === 0 || filters.some((text) => file.includes(text.replace(/^\.\//, ''))),
    )
    .toSorted()
}

async function runTests(chosen: readonly string[]): Promise<void> {
  const defaults = {
    '--test-reporter': 'spec',
    '--test-concurrency': String(given.cluster ? 1 : Math.min(4, Math.max(2, availableParallelism()))),
    '--test-timeout': String(given.cluster ? clusterTimeoutMs : unitTimeoutMs),
  }
  const missing = Object.entries(defaults)
    .filter(([name]) => !given.options.some((option) => option.startsWith(`${name}=`)))
    .map(([name, value]) => `${name}=${value}`)
  // After hundreds of HTTP/2 connections were cut, a process may keep handles open and not exit by itself.
  if (given.cluster) missing.push('--test-force-exit')
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env
  // In a new process group, so that a signal ends the test processes and everything that they started.
  const runner = spawn(process.execPath, ['--test', ...missing, ...given.options, ...chosen], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  const { promise, resolve } = Promise.withResolvers<number>()
  runner.on('error', (error) => {
    console.error(error.message)
    resolve(1)
  })
  runner.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  let ended: NodeJS.Signals | undefined
  const end = (signal: NodeJS.Signals): void => {
    ended ??= signal
    signalGroup(runner.pid, signal)
    setTimeout(() => signalGroup(runner.pid, 'SIGKILL'), graceMs).unref()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(signal))
  const limitMs = given.cluster ? deadlineMs.cluster : deadlineMs.unit
  const deadline = setTimeout(() => {
    console.error(`the tests have run for ${limitMs / 60_000} minutes, which is the limit: ending them`)
    end('SIGTERM')
  }, limitMs)
  const code = await promise
  clearTimeout(deadline)
  if (ended) signalGroup(runner.pid, 'SIGKILL')
  process.exitCode = ended ? 128 + constants.signals[ended] : code
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The group has ended.
  }
}

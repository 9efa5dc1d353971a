import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { createRandom } from '../seeded-random.ts'
import { begin, feed, limits, tryInput } from './fuzz.ts'
import { describeInput, inputFromText, inputToText } from './input.ts'
import { mutateJson } from './mutate.ts'
import type { Target } from './target.ts'
import { targets } from './targets.ts'

/* A short run of each target, and proof that the fuzzer finds faults. */

const inputs: Readonly<Record<string, number>> = {
  queries: 1_000,
  requests: 1_500,
  datagrams: 1_500,
  upstream: 600,
  policies: 600,
  'minted-tokens': 600,
  access: 1_000,
  streams: 600,
}

for (const target of targets) {
  test(`target ${target.name}: no input breaks a rule`, async () => {
    for (const seed of [1, 2]) {
      const course = await begin(target, seed)
      const failure = await feed(course, { inputs: inputs[target.name] ?? 60 })
      // Before the assertion: an open server would keep the process of the tests alive.
      await course.scene.close?.()
      const again = failure && `--target ${target.name} --input ${inputToText(failure.input)}`
      assert.equal(failure, undefined, `${failure?.reason}\nagain: npm run fuzz -- ${again}`)
    }
  })
}

function faulty(check: (bytes: string) => unknown): Target {
  return {
    name: 'faulty',
    what: 'bytes',
    open: async () => ({
      draw: (random) => ({
        bytes: String.fromCharCode(...Array.from({ length: 30 }, () => random.between(0, 255))),
        more: 'x',
      }),
      check: async ({ bytes = '' }) => void (await check(bytes)),
    }),
  }
}

const burn = (ms: number): void => {
  const { user } = process.cpuUsage()
  while (process.cpuUsage().user - user < ms * 1000);
}
const faults: Readonly<Record<string, readonly [check: (bytes: string) => unknown, reason: RegExp]>> = {
  'an exception': [
    (bytes) => {
      if (bytes.includes('\xff')) throw new RangeError('255')
    },
    /^RangeError: 255/,
  ],
  'an unhandled rejection': [
    (bytes) => void (bytes.includes('\xff') && Promise.reject(new RangeError('255'))),
    /unhandled: RangeError: 255/,
  ],
  'an exception in another turn': [
    (bytes) => {
      if (bytes.includes('\xff')) process.nextTick(() => assert.fail('255'))
    },
    /unhandled: AssertionError.*255/s,
  ],
}
/** The test runner listens to these events too, and would report them as failures of the test. */
function silenceRunner(): () => void {
  const emitter: NodeJS.EventEmitter = process
  const events = ['unhandledRejection', 'uncaughtException']
  const listeners = events.map((event) => emitter.listeners(event))
  for (const event of events) emitter.removeAllListeners(event)
  return () => {
    for (const [index, event] of events.entries()) {
      for (const listener of listeners[index] ?? []) emitter.on(event, listener as () => void)
    }
  }
}

for (const [what, [check, reason]] of Object.entries(faults)) {
  test(`found and minimised: ${what}`, async (t) => {
    t.after(silenceRunner())
    const failure = await feed(await begin(faulty(check), 1), { inputs: 1_000 })
    assert.match(failure?.reason ?? '', reason)
    assert.deepEqual(failure?.input, { bytes: '\xff' })
    const course = await begin(faulty(check), 1)
    assert.match((await tryInput(course, inputFromText(inputToText(failure.input)))) ?? '', reason)
  })
}

test('found: an input that takes too much CPU time', async () => {
  const course = await begin(
    faulty(() => burn(limits.cpuMs + 10)),
    1,
  )
  assert.match((await tryInput(course, { bytes: 'a' })) ?? '', /ms of CPU, at most 150 are allowed/)
})

test('found: memory that keeps growing', async () => {
  const retained: unknown[] = []
  const hoarder = faulty(() => retained.push(Buffer.alloc(100_000)))
  const failure = await feed(await begin(hoarder, 1), { inputs: limits.settledInputs + 1_000 })
  assert.match(failure?.reason ?? '', /^the heap has grown by \d+ MiB/)
})

test('the same seed gives the same inputs', async () => {
  for (const target of targets) {
    const draw = async (seed: number): Promise<string> => {
      const { scene, random } = await begin(target, seed)
      const drawn = Array.from({ length: 50 }, () => scene.draw(random))
      await scene.close?.()
      return drawn.map(inputToText).join(' ')
    }
    assert.ok((await draw(7)) === (await draw(7)), target.name)
    assert.ok((await draw(7)) !== (await draw(8)), target.name)
  }
})

test('a change to JSON may be at any place in it', () => {
  const random = createRandom(1)
  const value = { a: [1, { b: ['x', ['y']] }], c: 'z' }
  const seen = Array.from({ length: 3_000 }, () => JSON.stringify(mutateJson(value, random)))
  for (const part of ['"a":[1,', '"b":["x",', '["y"]', '"c":"z"']) {
    assert.ok(
      seen.some((text) => !text.includes(part)),
      part,
    )
  }
  assert.deepEqual(value, { a: [1, { b: ['x', ['y']] }], c: 'z' })
})

test('an input is printed as text where possible', () => {
  assert.deepEqual(describeInput({ path: '/x', query: '\0\xff' }), ['path: "/x"', 'query (hex): 00ff'])
  for (const text of ['', 'x', Buffer.from('{"a":1}').toString('base64url')]) {
    assert.throws(() => inputFromText(text), /--input takes/)
  }
})

const main = join(import.meta.dirname, 'main.ts')

async function command(
  words: readonly string[],
  interrupt = false,
): Promise<[code: number, out: string, err: string]> {
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => {
    if (interrupt && out === '') child.kill('SIGINT')
    out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return [code, out, err]
}

test('the command prints help, and refuses wrong options', async () => {
  const [code, out] = await command(['--help'])
  assert.equal(code, 0)
  for (const { name } of targets) assert.match(out, new RegExp(`^  ${name} `, 'm'))
  const wrong = [
    ['--seconds', '0'],
    ['--seed', '1.5'],
    ['--target', 'x'],
    ['--input', 'e30'],
    ['--target', 'queries', '--input', 'x'],
    ['x'],
  ]
  await Promise.all(
    wrong.map(async (words) => {
      const [exit, printed, said] = await command(words)
      assert.deepEqual([exit, printed], [2, ''], words.join(' '))
      assert.match(said, /^fuzz: .+; see --help\n$/)
    }),
  )
})

test('an interrupted run prints its summary', async () => {
  const [code, out] = await command(['--seconds', '100', '--seed', '5'], true)
  assert.equal(code, 0, out)
  assert.match(out, /^seed 5\n/)
  for (const { name } of targets) assert.match(out, new RegExp(`^${name}: \\d+ inputs, \\d+/s, at most`, 'm'))
})

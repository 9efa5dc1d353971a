import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'
import { askInTurn } from './ask-in-turn.ts'
import type { Resolver } from './resolver.ts'

type Said = { readonly afterMs: number; readonly answer?: string }

const resolverOf = (name: string): Resolver => ({ address: name, port: 53 })

/** Asks resolvers that follow a script: what each says to its first, second, … query. Answers with '!' are failures. */
function start(t: TestContext, script: Readonly<Record<string, readonly Said[]>>) {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.after(() => mock.timers.reset())
  const log: string[] = []
  const seen = new Map<string, number>()
  const result = askInTurn<string>({
    resolvers: Object.keys(script).map(resolverOf),
    ask: ({ address }, signal) =>
      new Promise((resolve, reject) => {
        const time = seen.get(address) ?? 0
        seen.set(address, time + 1)
        log.push(`ask ${address}`)
        signal.addEventListener('abort', () => log.push(`end ${address}`))
        const said = script[address]?.[time]
        if (!said) return
        const { answer } = said
        const say = (): void => (answer === undefined ? reject(new Error('unreachable')) : resolve(answer))
        setTimeout(say, said.afterMs)
      }),
    isFailure: (answer) => answer.startsWith('!'),
    stepMs: 1_000,
    totalMs: 4_500,
    onSilent: ({ address }) => log.push(`silent ${address}`),
    onAnswer: ({ address }) => log.push(`answer ${address}`),
  })
  const pass = async (ms: number): Promise<void> => {
    for (let step = 0; step < ms; step += 100) {
      mock.timers.tick(100)
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    }
  }
  return { result, log, pass }
}

test('the first resolver is enough if it answers', async (t) => {
  const { result, log, pass } = start(t, { a: [{ afterMs: 100, answer: 'A' }], b: [] })
  await pass(100)
  assert.equal(await result, 'A')
  assert.deepEqual(log, ['ask a', 'answer a', 'end a'])
})

test('a failure or an unreachable resolver is followed by the next one at once', async (t) => {
  const { result, log, pass } = start(t, {
    a: [{ afterMs: 100, answer: '!servfail' }],
    b: [{ afterMs: 0 }],
    c: [{ afterMs: 100, answer: 'C' }],
  })
  await pass(400)
  assert.equal(await result, 'C')
  assert.deepEqual(
    log.filter((line) => line.startsWith('ask')),
    ['ask a', 'ask b', 'ask c'],
  )
})

test('after silence the next one is asked as well, and a late answer of the first still counts', async (t) => {
  const { result, log, pass } = start(t, { a: [{ afterMs: 1_500, answer: 'late A' }], b: [] })
  await pass(1_500)
  assert.equal(await result, 'late A')
  assert.deepEqual(log.slice(0, 4), ['ask a', 'silent a', 'ask b', 'answer a'])
})

test('a single resolver is asked again, since datagrams get lost', async (t) => {
  const { result, log, pass } = start(t, { a: [{ afterMs: 9_000 }, { afterMs: 100, answer: 'A' }] })
  await pass(1_200)
  assert.equal(await result, 'A')
  assert.deepEqual(
    log.filter((line) => line.startsWith('ask')),
    ['ask a', 'ask a'],
  )
})

test('when all failed, the last failure is the answer, at once', async (t) => {
  const { result, pass } = start(t, {
    a: [{ afterMs: 100, answer: '!servfail' }],
    b: [{ afterMs: 100, answer: '!refused' }],
  })
  await pass(300)
  assert.equal(await result, '!refused')
})

test('a failure counts only after the time of a silent one is over', async (t) => {
  const { result, log, pass } = start(t, { a: [{ afterMs: 100, answer: '!servfail' }], b: [] })
  await pass(4_400)
  assert.equal(log.includes('end b'), false)
  await pass(200)
  assert.equal(await result, '!servfail')
  assert.equal(log.filter((line) => line === 'ask a').length, 1)
})

test('without any answer the result is undefined, and everything has ended', async (t) => {
  const { result, log, pass } = start(t, { a: [], b: [] })
  await pass(4_500)
  assert.equal(await result, undefined)
  const count = (word: string): number => log.filter((line) => line.startsWith(word)).length
  assert.equal(count('end'), count('ask'))
  await pass(5_000)
  assert.ok(count('ask') <= 5)
})

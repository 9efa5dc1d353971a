import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAnswer } from './edge-answer.ts'

const declaration = {
  ...{ schemas: [1], store: 'sqlite', minPublishIntervalMs: 250, writesPerDay: null },
  ...{ maxBodyBytes: 1_048_576, maxBlobsPerRequest: 40, clockMs: 1_800_000_000_000, lastRefusal: null },
}

function read(changed: object, status = 200, rest: object = {}): ReturnType<typeof readAnswer> {
  return readAnswer(status, JSON.stringify({ declaration: { ...declaration, ...changed }, ...rest }), 0)
}

test('a declaration and the stored root', () => {
  assert.deepEqual(read({}, 200, { root: 'a.b.c' }), { declaration, root: 'a.b.c' })
  assert.equal(read({}).root, null)
})

test('unknown fields of a newer edge are ignored', () => {
  const lastRefusal = { code: 'ROOT_OLDER', message: 'older', atMs: 1, count: 7 }
  const answer = read({ shardLimit: 7, lastRefusal }, 200, { root: null, region: 'eu' })
  assert.equal(answer.declaration?.minPublishIntervalMs, 250)
  assert.equal(answer.declaration?.lastRefusal?.code, 'ROOT_OLDER')
})

test('an unknown kind of store is accepted with the limits that it declares', () => {
  const { declaration: given } = read({ store: 'nats-kv', writesPerDay: 5_000, minPublishIntervalMs: 2_000 })
  assert.deepEqual(
    [given?.store, given?.writesPerDay, given?.minPublishIntervalMs],
    ['nats-kv', 5_000, 2_000],
  )
})

test('a refusal keeps the code of the edge, also one that this agent does not know', () => {
  const { error } = read({}, 409, { error: { code: 'QUOTA', message: 'used up', hint: 'wait' } })
  assert.deepEqual(error, { code: 'QUOTA', message: 'used up' })
})

test('429 is about the limit of the edge, not about its URL', () => {
  assert.throws(() => readAnswer(429, 'too many requests; ask again in 1 s\n', 1_000), {
    ...{ code: 'EDGE_ANSWER', retryable: true, retryAfterMs: 1_000 },
    message: /limits\.ingest/,
  })
})

const wrong: readonly (readonly [string, object])[] = [
  ['declaration.store is not text', { store: 3 }],
  ['declaration.schemas is not an array', { schemas: 1 }],
  ['declaration.writesPerDay is not', { writesPerDay: -1 }],
  ['declaration.lastRefusal.atMs is not', { lastRefusal: { code: 'ROOT_OLDER', message: '' } }],
]

for (const [problem, changed] of wrong) {
  test(`a known field of the wrong type is refused: ${problem}`, () => {
    assert.throws(
      () => read(changed),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'EDGE_ANSWER')
        assert.ok(error.message.includes(problem), error.message)
        return true
      },
    )
  })
}

for (const [status, retryable] of [
  [200, false],
  [404, false],
  [429, true],
  [502, true],
] as const) {
  test(`HTTP ${status} without JSON is ${retryable ? 'retried' : 'not retried'}`, () => {
    assert.throws(() => readAnswer(status, '<html>', 0), { code: 'EDGE_ANSWER', retryable })
  })
}

test('a former edge declares no policy, and another type than a number is refused', () => {
  assert.equal(read({}).declaration?.policy, undefined)
  assert.equal(read({ policy: 1 }).declaration?.policy, 1)
  assert.throws(() => read({ policy: 'yes' }), { code: 'EDGE_ANSWER' })
})

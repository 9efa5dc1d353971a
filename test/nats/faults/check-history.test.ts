import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHistory, type WrongKind, wrongKinds } from './check-history.ts'
import type { AnswerFact, CallFact, History, PutFact } from './history.ts'

/* A right history, and mutations of it: each must be found, as its kind and as no other. */

const rules = {
  answerOf: (version: number, name: string) => (name === 'gone' ? 'NXDOMAIN' : `A 10.0.0.${version}`),
  callLimitMs: 10_000,
}

const put = (root: string, atMs: number, more: Partial<PutFact> = {}): PutFact => ({
  ...{ root, edge: 0, outcome: 'accepted', code: '', sentMs: atMs, endedMs: atMs + 5 },
  ...more,
})
const answer = (
  atMs: number,
  generation: number,
  text: string,
  more: Partial<AnswerFact> = {},
): AnswerFact => ({
  ...{ edge: 0, name: 'web', generation, text, sentMs: atMs, endedMs: atMs + 5 },
  ...more,
})
const call = (atMs: number, status: number, more: Partial<CallFact> = {}): CallFact => ({
  ...{ edge: 0, route: 'root', status, code: '', hasRetryAfter: false, sentMs: atMs, endedMs: atMs + 5 },
  ...more,
})

/** Two edges, three roots; the second is sent to two edges, and has a rival; edge 1 is killed. */
function rightHistory(): History {
  const signed = (id: string, generation: number, version: number) =>
    [id, { id, generation, term: 1, version }] as const
  return {
    roots: new Map([signed('a', 1, 1), signed('b', 2, 2), signed('rival', 2, 9), signed('c', 3, 3)]),
    puts: [
      put('a', 0),
      put('b', 100),
      put('b', 101, { edge: 1 }),
      put('rival', 101, { edge: 1, outcome: 'refused', code: 'ROOT_CONFLICT' }),
      put('c', 200, { outcome: 'unknown', code: 'STORE_FAILED' }),
      put('c', 300, { edge: 1 }),
    ],
    reads: [
      { edge: 0, root: { generation: 1, term: 1 }, sentMs: 103, endedMs: 120 },
      { edge: 1, root: { generation: 2, term: 1 }, sentMs: 110, endedMs: 120 },
      { edge: 1, root: { generation: 3, term: 1 }, sentMs: 400, endedMs: 405 },
    ],
    calls: [
      call(0, 200),
      call(200, 503, { hasRetryAfter: true, code: 'STORE_FAILED' }),
      call(500, 0, { edge: 1, endedMs: 20_000 }),
      call(600, 409),
    ],
    answers: [
      answer(50, 1, 'A 10.0.0.1'),
      answer(150, 2, 'A 10.0.0.2'),
      answer(150, 1, 'A 10.0.0.1', { edge: 1 }),
      answer(250, 3, 'A 10.0.0.3'),
      answer(255, 3, 'NXDOMAIN', { name: 'gone' }),
      answer(505, 0, 'none', { edge: 1, generation: undefined, why: 'refused' }),
      answer(19_990, 0, 'SERVFAIL', { edge: 1, generation: undefined }),
    ],
    aways: [{ edge: 1, fromMs: 500, toMs: 20_000 }],
  }
}

const mutations: readonly {
  readonly kind: WrongKind
  readonly what: string
  readonly mutate: (history: History) => void
}[] = [
  {
    kind: 'lost',
    what: 'the register has an older root than the one that was accepted',
    mutate: ({ reads }) =>
      void reads.push({ edge: 0, root: { generation: 2, term: 1 }, sentMs: 500, endedMs: 505 }),
  },
  {
    kind: 'lost',
    what: 'the register has no root any more',
    mutate: ({ reads }) => void reads.push({ edge: 0, root: undefined, sentMs: 500, endedMs: 505 }),
  },
  {
    kind: 'lost',
    what: 'an older root is accepted after a newer one',
    mutate: ({ puts }) => void puts.push(put('b', 500)),
  },
  {
    kind: 'twice',
    what: 'the rival is accepted as well',
    mutate: ({ puts }) => void (puts[3] = put('rival', 101, { edge: 1 })),
  },
  {
    kind: 'wrong NXDOMAIN',
    what: 'a name of the root is denied',
    mutate: ({ answers }) => void answers.push(answer(600, 3, 'NXDOMAIN')),
  },
  {
    kind: 'wrong NXDOMAIN',
    what: 'a name of the root has no address',
    mutate: ({ answers }) => void answers.push(answer(600, 3, 'NODATA')),
  },
  {
    kind: 'wrong answer',
    what: 'the address is the one of another root',
    mutate: ({ answers }) => void answers.push(answer(600, 3, 'A 10.0.0.2')),
  },
  {
    kind: 'wrong answer',
    what: 'the answer is from the refused rival',
    mutate: ({ answers }) => void (answers[1] = answer(150, 2, 'A 10.0.0.9')),
  },
  {
    kind: 'wrong answer',
    what: 'the edge withholds the answer',
    mutate: ({ answers }) => void answers.push(answer(600, 3, 'SERVFAIL')),
  },
  {
    kind: 'wrong answer',
    what: 'a running edge has no root any more',
    mutate: ({ answers }) => void answers.push(answer(600, 0, 'SERVFAIL', { generation: undefined })),
  },
  {
    kind: 'wrong answer',
    what: 'the answer is from a root that nobody signed',
    mutate: ({ answers }) => void answers.push(answer(600, 4, 'A 10.0.0.4')),
  },
  {
    kind: 'backwards',
    what: 'an edge answers from the root before',
    mutate: ({ answers }) => void answers.push(answer(600, 2, 'A 10.0.0.2')),
  },
  {
    kind: 'unanswered',
    what: 'a running edge does not answer',
    mutate: ({ answers }) =>
      void answers.push(answer(600, 0, 'none', { generation: undefined, why: 'time-out' })),
  },
  {
    kind: 'other 5xx',
    what: 'a 500',
    mutate: ({ calls }) => void calls.push(call(600, 500)),
  },
  {
    kind: 'other 5xx',
    what: 'a 503 without Retry-After',
    mutate: ({ calls }) => void calls.push(call(600, 503)),
  },
  {
    kind: 'hung',
    what: 'no answer from a running edge',
    mutate: ({ calls }) => void calls.push(call(600, 0)),
  },
  {
    kind: 'hung',
    what: 'an answer after the limit',
    mutate: ({ calls }) => void calls.push(call(600, 200, { endedMs: 11_000 })),
  },
]

test('a right history has nothing wrong', () => {
  assert.deepEqual(checkHistory(rightHistory(), rules), [])
})

for (const { kind, what, mutate } of mutations) {
  test(`${kind} is found: ${what}`, () => {
    const history = rightHistory()
    mutate(history)
    assert.deepEqual(
      checkHistory(history, rules).map((wrong) => wrong.kind),
      [kind],
    )
  })
}

test('every kind has a mutation', () => {
  assert.deepEqual([...new Set(mutations.map(({ kind }) => kind))], wrongKinds)
})

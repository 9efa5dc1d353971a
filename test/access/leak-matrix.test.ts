import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleObjects } from '../../worker/sample.case.ts'
import type { KubeObject } from '../dig.ts'
import { createRandom, type Random } from '../seeded-random.ts'
import { compareAll, type MatrixResult, type Stage } from './leak-matrix.ts'
import { drawStages } from './leak-stages.ts'
import { type Question, questionsAbout, sampleQuestions } from './questions.ts'

/*
 * What a caller may not see does not exist: every answer equals that of an edge whose snapshot was built without it.
 *
 * KUBEDOH_SEED=7 npm test -- test/access/leak-matrix                              one seed
 * npm run leaks                                                                   the seeds from 1 to 100
 * KUBEDOH_SEEDS=300 npm test -- test/access/leak-matrix                           the seeds from 1 to 300
 * KUBEDOH_SEEDS=20 KUBEDOH_QUESTIONS=500 npm test -- test/access/leak-matrix      with more questions in each stage
 */

const { KUBEDOH_SEED: one, KUBEDOH_SEEDS: many = '2', KUBEDOH_QUESTIONS: count = '80' } = process.env
const seeds =
  one === undefined ? Array.from({ length: Number(many) }, (_, index) => index + 1) : [Number(one)]

function questionsOf(random: Random): (stage: Stage) => readonly Question[] {
  return ({ plan }) => {
    const all = plan.clusters.flatMap(({ objects, zones }) =>
      questionsAbout(objects, [...new Set(['cluster.local', ...(zones ?? [])])]),
    )
    const byText = new Map(all.map((question) => [`${question.name} ${question.type}`, question]))
    return sampleQuestions([...byText.values()], Number(count), random)
  }
}

async function runMatrix(seed: number, objects?: readonly KubeObject[]): Promise<MatrixResult> {
  const random = createRandom(seed)
  return compareAll(await drawStages(random, objects), questionsOf(random), random)
}

function check({ compared, statuses, leaks }: MatrixResult): void {
  assert.ok(compared > 1_000)
  const { 200: http = 0, R00: records = 0, R03: denied = 0 } = statuses
  assert.ok(http + records + denied > compared / 2)
  assert.ok(records > 100)
  assert.deepEqual(leaks, [])
}

for (const seed of seeds) {
  test(`generated clusters, seed ${seed}: no answer differs from the oracle's`, async (t) => {
    const result = await runMatrix(seed)
    t.diagnostic(`${result.compared} responses compared: ${JSON.stringify(result.statuses)}`)
    check(result)
  })
}

test("the sample cluster: no answer differs from the oracle's", async (t) => {
  const result = await runMatrix(1_000, sampleObjects)
  t.diagnostic(`${result.compared} responses compared: ${JSON.stringify(result.statuses)}`)
  check(result)
})

test('the matrix finds a namespace too many in a scope', async () => {
  const random = createRandom(7)
  const [stage] = await drawStages(random, sampleObjects)
  assert.ok(stage)
  const callers = stage.callers.filter(({ name }) => name === 'everything')
  const narrowed = callers.map((caller) => ({ ...caller, sees: { one: ['empty'] } }))
  const { leaks } = await compareAll([{ ...stage, callers: narrowed }], questionsOf(random), random)
  assert.ok(leaks.some(({ where }) => where.startsWith('/setup')))
  assert.ok(leaks.some(({ where }) => !where.startsWith('/')))
})

test('the matrix finds a network whose scope is too wide', async () => {
  const random = createRandom(7)
  const [stage] = await drawStages(random, sampleObjects)
  assert.ok(stage)
  const callers = stage.callers.filter(({ name }) => name === 'a network of IPv6')
  const narrowed = callers.map((caller) => ({ ...caller, sees: { one: ['empty'] } }))
  const { leaks } = await compareAll([{ ...stage, callers: narrowed }], questionsOf(random), random)
  assert.ok(leaks.length > 0)
})

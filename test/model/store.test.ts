import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCounts } from './counts.ts'
import { runSeed } from './run-seed.ts'
import { createServingWorld } from './serving-world.ts'

/*
 * A simulation with a model of the store's real behaviour. Each seed is some days of a store, two agents and a few
 * isolates. kv-model.ts has the behaviour of the store, check-answers.ts the rules for every answer.
 *
 * KUBEDOH_SEED=7 npm test -- test/model/store.test.ts      one seed, with its counts
 * KUBEDOH_SEEDS=300 npm test -- test/model/store.test.ts   the seeds from 1 to 300
 */

const { KUBEDOH_SEED: one, KUBEDOH_SEEDS: many = '14' } = process.env
const seeds =
  one === undefined ? Array.from({ length: Number(many) }, (_, index) => index + 1) : [Number(one)]

/** Events that must happen in at least one seed; otherwise the seeds prove nothing. */
const mustHappen = [
  'answer NOERROR',
  'answer NOERROR, EDE 3',
  'answer NXDOMAIN',
  'answer SERVFAIL, EDE 14',
  'answer SERVFAIL, EDE 22',
  'answer of an older',
  'answer of the view before',
  'blobs deleted',
  'clients gone',
  'duels',
  'flips',
  'isolates replaced',
  'log blob read failed',
  'log blob read timed out',
  'log root read failed',
  'log store failed',
  'outages',
  'published heartbeat',
  'reads of nothing',
  'reads that went backwards',
  'register BLOB_MISSING',
  'register ROOT_OLDER',
  'register STORE_FAILED',
  'register crashes',
  'rests',
  'writes refused with 429',
]

const sum = createCounts()
let passed = 0

for (const seed of seeds) {
  test(`seed ${seed}`, async () => {
    const { counts, kv, time } = await runSeed(seed)
    for (const [name, count] of Object.entries(counts.all())) sum.count(name, count)
    sum.count('steps', time.steps())
    sum.count('reads', kv.counts.reads)
    sum.count('reads of nothing', kv.counts.absent)
    sum.count('reads that went backwards', kv.counts.backwards)
    sum.count('writes refused with 429', kv.counts.tooMany)
    passed++
  })
}

// With a register that serves, isolates rarely depend on the store. It has more traffic, so it takes longer.
for (const seed of seeds.filter((_, index) => index % 7 === 0)) {
  test(`seed ${seed}, with a register that serves`, async () => {
    const { serving } = await runSeed(seed, { serving: createServingWorld })
    assert.ok((serving?.counts.reads ?? 0) > 100 && (serving?.counts.checkpoints ?? 0) > 10)
  })
}

test('every important event happens in some seed', { skip: seeds.length < 10 && 'few seeds' }, () => {
  if (passed < seeds.length) return
  const unseen = mustHappen.filter((name) => sum.get(name) === 0)
  assert.deepEqual(unseen, [])
})

after(() => {
  if (one !== undefined || process.env.KUBEDOH_SEEDS !== undefined) console.log(sum.all())
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dig, namespace, service } from '../../test/dig.ts'
import { startMs } from '../edge.case.ts'
import type { Caller } from './caller.ts'
import { rightsOutside } from './rights.ts'
import { sourceCaller } from './source-caller.ts'

const objects = [namespace('dev'), service('dev/web', { clusterIP: '10.96.0.1' })]
const changed = [...objects, service('dev/api', { clusterIP: '10.96.0.2' })]
const tasks = { waitUntil: () => {} }
const policyFor = (cidr: string): string =>
  `version: 1\nnetworks:\n  - { cidr: ${cidr}, namespaces: [dev] }\n`

test('a caller is decided again only if a root has another policy', async () => {
  const policy = policyFor('10.0.0.0/8')
  const at = await dig([{ objects, policy }], { public: false })
  const caller = async (): Promise<Caller> => {
    // Waits for the root in force and its policy.
    await rightsOutside(sourceCaller('10.2.3.4', at.edge, tasks), at.edge, tasks)
    return sourceCaller('10.2.3.4', at.edge, tasks)
  }
  const afterNext = async (policyText: string, generation: number): Promise<Caller> => {
    await at.publish({ objects: changed, policy: policyText, root: { generation } })
    at.clock.advance(31_000)
    const [cluster] = at.edge.config.clusters
    while (cluster && (await at.edge.reader.view(cluster, tasks))?.root.generation !== generation)
      await new Promise(setImmediate)
    return caller()
  }
  const first = await caller()
  const mark = first.source?.decided.get('test')?.mark
  assert.ok(mark)

  const same = await afterNext(policy, startMs + 1_000)
  assert.equal(same, first)
  assert.notEqual(same.source?.decided.get('test')?.mark, mark)

  const other = await afterNext(policyFor('10.2.0.0/16'), startMs + 2_000)
  assert.notEqual(other, first)
  assert.notEqual(other.source?.decided.get('test')?.policy, first.source?.decided.get('test')?.policy)
})

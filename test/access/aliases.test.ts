import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMs } from '../../worker/edge.case.ts'
import { endpoint, type KubeObject, namespace, port, service, slice } from '../dig.ts'
import { createRandom } from '../seeded-random.ts'
import { compareAll } from './leak-matrix.ts'
import { drawToken } from './make-policy.ts'
import { questionsAbout } from './questions.ts'

/* Aliases into a hidden namespace, and through one back into a visible one. */

const alias = (key: string, target: string): KubeObject =>
  service(key, { type: 'ExternalName', externalName: `${target}.svc.cluster.local` })
const spaces = ['alpha', 'beta']
const objects = [
  ...spaces.map(namespace),
  ...spaces.flatMap((space, at) => [
    service(`${space}/web`, { clusterIPs: [`10.96.${at}.1`], ports: [port('http:80')] }),
    service(`${space}/db`, { clusterIPs: ['None'] }),
    slice(`${space}/db`, [endpoint(`10.244.${at}.1`, 'h0')], [port('http:80')]),
  ]),
  alias('alpha/across', 'web.beta'),
  alias('alpha/headless', 'db.beta'),
  alias('alpha/host', 'h0.db.beta'),
  alias('alpha/missing', 'nothing.beta'),
  alias('alpha/namespace', 'beta'),
  alias('alpha/back', 'back.beta'),
  alias('beta/back', 'web.alpha'),
  alias('alpha/loop', 'loop.beta'),
  alias('beta/loop', 'loop.alpha'),
]

test('aliases into hidden namespaces and back: no answer differs from the oracle’s', async () => {
  const random = createRandom(1)
  const callers = [['alpha'], ['beta'], spaces, []].map((scope) => ({
    name: scope.join(' and '),
    segment: drawToken('one', random),
    sees: { one: scope },
  }))
  const tokens = callers.map(({ segment, sees }) => ({ text: segment, scope: sees.one }))
  const cluster = {
    id: 'one',
    objects,
    policy: { tokens, anonymous: null },
    root: { generation: startMs + 1 },
  }
  const stage = { plan: { clusters: [cluster], config: { public: false } }, callers }
  const questions = questionsAbout(objects, ['cluster.local']).filter(
    ({ name, type }) => !name.endsWith('.arpa') && ['A', 'SRV', 'CNAME'].includes(type),
  )
  const { leaks, statuses } = await compareAll([stage], () => questions, random)
  assert.deepEqual(leaks, [])
  assert.deepEqual(Object.keys(statuses), ['200'])
})

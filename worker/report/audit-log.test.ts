import assert from 'node:assert/strict'
import { randomFillSync } from 'node:crypto'
import { test } from 'node:test'
import { tokenSha256 } from '../../snapshot/policy/token.case.ts'
import { newToken } from '../../snapshot/policy/token.ts'
import { type Dig, dig, namespace, service } from '../../test/dig.ts'
import { get } from '../edge.case.ts'

const token = newToken('test', (bytes) => randomFillSync(bytes))
const objects = [namespace('dev'), service('dev/web', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] })]
const sha256 = tokenSha256(token)
const policy = `version: 1\ntokens: [{ name: alice, sha256: ${sha256}, all: true }]\n`

async function ask(edge: Dig, name: string, type = 'A'): Promise<void> {
  const { status } = await edge.send(get(`/dns-query/${token}?name=${name}&type=${type}`))
  assert.equal(status, 200)
}

test('by default, nothing is logged about queries', async () => {
  const edge = await dig([{ objects, policy }])
  await ask(edge, 'web.dev.svc.cluster.local')
  assert.deepEqual(edge.infos, [])
})

test('the audit log has the name of the token, cluster, zone, type, rcode, transport and time, of cached answers, too', async () => {
  const edge = await dig([{ objects, policy }], { audit: { sample: 1, names: false } })
  await ask(edge, 'web.dev.svc.cluster.local')
  await ask(edge, 'web.dev.svc.cluster.local')
  await ask(edge, 'secret.dev.svc.cluster.local', 'SRV')
  await ask(edge, 'www.example.com')
  const fields = {
    ...{ tokens: ['alice'], cluster: 'test', zone: 'cluster.local.', type: 'A', rcode: 'NOERROR' },
    ...{ transport: 'http', ms: 0 },
  }
  assert.deepEqual(edge.infos, [
    { message: 'audit', fields },
    { message: 'audit', fields },
    { message: 'audit', fields: { ...fields, type: 'SRV', rcode: 'NXDOMAIN' } },
    { message: 'audit', fields: { ...fields, cluster: null, zone: null, rcode: 'REFUSED' } },
  ])
})

test('names are logged only if the configuration asks for them', async () => {
  const edge = await dig([{ objects, policy }], { audit: { sample: 1, names: true } })
  await ask(edge, 'Web.dev.svc.cluster.local')
  assert.equal(edge.infos[0]?.fields.name, 'web.dev.svc.cluster.local.')
})

test('only a sample of the answers is logged', async () => {
  // The test edge's random numbers are all 0.5.
  for (const [sample, logged] of [
    [0.5, 0],
    [0.51, 1],
  ] as const) {
    const edge = await dig([{ objects, policy }], { audit: { sample, names: false } })
    await ask(edge, 'web.dev.svc.cluster.local')
    assert.equal(edge.infos.length, logged)
  }
})

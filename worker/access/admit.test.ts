import assert from 'node:assert/strict'
import { test } from 'node:test'
import { queryBytes } from '../../dns/arbitrary.case.ts'
import { nameFromText } from '../../dns/name.ts'
import { dig } from '../../test/dig.ts'
import { get, post } from '../edge.case.ts'
import { sampleObjects } from '../sample.case.ts'

const open = await dig([{ objects: sampleObjects }])
const closed = await dig([{ objects: sampleObjects }], { public: false })
const text = Buffer.from(queryBytes(nameFromText('web.prod.svc.cluster.local'))).toString('base64url')

test('a public edge answers callers without a token', async () => {
  assert.equal((await open.send(get(`/dns-query?dns=${text}`))).status, 200)
})

test('an edge that is not public rejects callers without a token, and says how to send one', async () => {
  for (const request of [
    get(`/dns-query?dns=${text}`),
    get('/dns-query'),
    get('/dns-query/'),
    get('/dns-query', {}, 'PUT'),
  ]) {
    const { status, headers } = await closed.send(request)
    assert.equal(status, 401)
    assert.equal(headers['www-authenticate'], 'Bearer realm="kubedoh"')
    assert.equal(headers['cache-control'], 'no-store')
  }
})

test('an unknown token gets the response of an unknown path below the endpoint', async () => {
  for (const { send } of [open, closed]) {
    const nowhere = await send(get('/dns-query/unknown'))
    assert.equal(nowhere.status, 404)
    for (const request of [
      get(`/dns-query/test.abc?dns=${text}`),
      get(`/dns-query?dns=${text}`, { authorization: 'Bearer test.abc' }),
      get(`/dns-query?dns=${text}`, { authorization: 'Basic dGVzdDphYmM=' }),
      get('/dns-query/%00'),
    ]) {
      assert.deepEqual(await send(request), nowhere)
    }
  }
})

test('a request is rejected before its body and the store are read', async () => {
  const untouched = await dig([{ objects: sampleObjects }], { public: false })
  untouched.kv.get = () => assert.fail('the store was read')
  const request = post('/dns-query', new Uint8Array(20), { 'content-type': 'application/dns-message' })
  const response = await untouched.send({ ...request, body: () => assert.fail('the body was read') })
  assert.equal(response.status, 401)
})

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { answerTo, startUpstream, type Upstream } from '../../worker/upstream/upstream.case.ts'
import { ask, show } from './ask.ts'
import type { EdgeUnderTest } from './edge-under-test.ts'
import { startNodeEdge } from './node-edge.ts'
import { newKey, publishThrough } from './publish.ts'
import { startWorkerdEdge } from './workerd-edge.ts'

/* The fetch of each runtime asks a scripted DoH server. */

const objects = `
apiVersion: v1
kind: Namespace
metadata: { name: x }
---
apiVersion: v1
kind: Service
metadata: { name: out, namespace: x }
spec: { type: ExternalName, externalName: www.example.com }
`

for (const start of [startNodeEdge, startWorkerdEdge]) {
  describe(`upstream of ${start.name}`, () => {
    let upstream: Upstream
    let edge: EdgeUnderTest
    before(async () => {
      upstream = await startUpstream()
      upstream.say = (query) => answerTo(query, [[undefined, 1, 60, [192, 0, 2, 1]]])
      const key = await newKey()
      edge = await start({
        public: true,
        upstream: { urls: [upstream.url], forward: true, timeoutMs: 2_400 },
        clusters: [{ id: 'dev', keys: [key.publicKey], zones: ['k8s.example.org'] }],
      })
      await publishThrough(edge.fetch, edge.url, 'dev', key, objects)
    })
    after(async () => {
      await edge?.stop()
      await upstream?.stop()
    })

    test('one upstream request answers a forwarded name and an alias of it', async () => {
      assert.equal(
        show(await ask(edge, 'www.example.com A')),
        'NOERROR rd ra\nan: www.example.com 60 A 192.0.2.1',
      )
      const { message } = await ask(edge, 'out.x.svc.k8s.example.org A')
      assert.deepEqual(
        message?.answers?.map(({ name, type }) => `${name} ${type}`),
        ['out.x.svc.k8s.example.org CNAME', 'www.example.com A'],
      )
      assert.deepEqual(upstream.asked, ['www.example.com. 1'])
    })

    test('an oversized body, a redirect and a timeout are SERVFAIL', async () => {
      upstream.say = () => new Uint8Array(70_000)
      assert.equal(show(await ask(edge, 'long.example.com A')), 'SERVFAIL rd ra')
      upstream.say = () => ({ status: 302 })
      assert.equal(show(await ask(edge, 'redirect.example.com A')), 'SERVFAIL rd ra')
      upstream.say = () => ({ hang: true })
      assert.equal(show(await ask(edge, 'silent.example.com A')), 'SERVFAIL rd ra')
    })
  })
}

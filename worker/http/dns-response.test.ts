import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PolicyRef } from '../../snapshot/schema.ts'
import { unreadSubject } from '../answer/subject.ts'
import { rootOf } from '../edge.case.ts'
import type { Audience } from './answer-headers.ts'
import { writeResponse } from './dns-response.ts'
import { dnsJson, dnsMessage } from './media-types.ts'

const message = Uint8Array.from({ length: 12 }, () => 0)
const policy: PolicyRef = { head: 'x'.repeat(43), tokens: { bits: 0, shards: [null] } }

async function varyOf(
  form: string,
  audience: Partial<Audience>,
  hasPolicy: boolean,
): Promise<string | undefined> {
  const root = rootOf({ policy: hasPolicy ? policy : null })
  const answer = { message, rcode: 0, subject: unreadSubject, maxAge: 5, root, nowMs: root.asOfMs }
  const whole = { cors: {}, isPrivate: false, hasOtherClusters: false, ...audience }
  return (await writeResponse(answer, form, whole)).headers.vary
}

test('where a policy decides, the answer varies by Authorization, without a token as well', async () => {
  assert.equal(await varyOf(dnsMessage, {}, true), 'authorization')
  assert.equal(await varyOf(dnsMessage, { isPrivate: true }, true), 'authorization')
  assert.equal(await varyOf(dnsJson, { cors: { vary: 'origin' } }, true), 'accept, origin, authorization')
})

test('without a policy, a token of another cluster may lead to another answer in the same zone', async () => {
  assert.equal(await varyOf(dnsMessage, { hasOtherClusters: true }, false), 'authorization')
})

test('without a policy, all callers of an edge with one cluster get the same answer', async () => {
  assert.equal(await varyOf(dnsMessage, {}, false), undefined)
  assert.equal(await varyOf(dnsMessage, { cors: { vary: 'origin' } }, false), 'origin')
  assert.equal(await varyOf(dnsJson, {}, false), 'accept')
})

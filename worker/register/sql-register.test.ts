import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../host/store/database.ts'
import type { PolicyRef } from '../../snapshot/schema.ts'
import { blobNamed, callAt, rootOf } from './register.case.ts'
import type { Register } from './register.ts'
import { createSqlRegister } from './sql-register.ts'

const blob = blobNamed('a')
const policy: PolicyRef = { head: blob.hash, tokens: { bits: 0, shards: [null] } }

async function registerWithPolicy(): Promise<Register> {
  const kv = { put: async () => {}, delete: async () => {} }
  const register = createSqlRegister(openDatabase(':memory:'), kv, { info: () => {}, warn: () => {} })
  await register.putBlobs(callAt(0), [blob])
  assert.equal((await register.putRoot(callAt(0), rootOf(1, [blob], 0, { policy }))).refused, null)
  return register
}

test('a root without policy does not replace one that has a policy, unless it says that it drops it', async () => {
  const register = await registerWithPolicy()
  const refused = await register.putRoot(callAt(1), rootOf(2, [blob]))
  assert.equal(refused.refused?.code, 'ROOT_POLICY')
  assert.match(refused.refused?.message ?? '', /release 0\.1.*--policy.*--drop-policy/)
  assert.equal(refused.lastRefusal?.code, 'ROOT_POLICY')
  assert.equal(refused.root, rootOf(1, [blob], 0, { policy }).jws)
  const dropped = rootOf(3, [blob], 0, { policyDropped: true })
  assert.equal((await register.putRoot(callAt(2), dropped)).refused, null)
  // The same root again is accepted, as is the next one, which has no policy to drop.
  assert.equal((await register.putRoot(callAt(3), dropped)).refused, null)
  assert.equal((await register.putRoot(callAt(4), rootOf(4, [blob]))).refused, null)
})

test('a root of a key that is no longer trusted keeps its policy from being lost', async () => {
  const register = await registerWithPolicy()
  const call = { ...callAt(1), trustedKeyIds: ['next'] }
  const root = { ...rootOf(2, [blob]), kid: 'next' }
  assert.equal((await register.putRoot(call, root)).refused?.code, 'ROOT_POLICY')
})

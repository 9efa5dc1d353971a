import assert from 'node:assert/strict'
import { CopyRefused, copyRoot } from '../../host/follow/copy-root.ts'
import { FollowError } from '../../host/follow/errors.ts'
import { createSourceClient, type FollowFetch } from '../../host/follow/source-client.ts'
import { hashBlob } from '../../snapshot/blob.ts'
import { SnapshotError } from '../../snapshot/errors.ts'
import { encodeTexts } from '../../snapshot/follow.ts'
import { importTrustedKeys } from '../../snapshot/key.ts'
import { rootKey } from '../../snapshot/keys.ts'
import { signRoot } from '../../snapshot/root.ts'
import {
  clusterConfig,
  createTestKv,
  createTestSql,
  rootOf,
  startMs,
  testKey,
} from '../../worker/edge.case.ts'
import { createSqlRegister } from '../../worker/register/sql-register.ts'
import { mutateBytes } from './mutate.ts'
import type { Target } from './target.ts'

const blob = '{"schema":1,"kind":"namespaces","namespaces":["a"]}'

/** The answers of a source, as a follower reads them. Only the genuine root is ever stored, and with all of its blobs. */
export const followTarget: Target = {
  name: 'follow',
  what: 'the answers of an edge that is followed: its head, its root, its blobs',
  async open() {
    const jws = await signRoot(rootOf({ namespaces: { blob: await hashBlob(blob) } }), testKey)
    const hash = await hashBlob(jws)
    const genuine = {
      head: JSON.stringify({ generation: startMs, term: 1, hash }),
      root: jws,
      blobs: encodeTexts([blob]),
    }
    const keys = await importTrustedKeys([testKey.publicKey])
    const log = { info: () => undefined, warn: () => undefined }
    return {
      draw(random) {
        const parts = Object.entries(genuine).map(([part, text]) =>
          random.chance(0.4) ? [part, mutateBytes(text, random)] : [part, text],
        )
        return { ...Object.fromEntries(parts), status: random.chance(0.9) ? '200' : '404' }
      },
      async check({ head = '', root = '', blobs = '', status }) {
        const kv = createTestKv()
        const fetch: FollowFetch = async (url) => {
          const text = url.endsWith('/head') ? head : url.endsWith('/blobs') ? blobs : root
          const body = new Blob([Buffer.from(text, 'latin1')]).stream()
          return { status: Number(status), body: body as unknown as AsyncIterable<Uint8Array> }
        }
        const place = { url: 'https://a.example.com', key: testKey, fetch }
        const nowMs = (): number => startMs
        const { signal } = new AbortController()
        const source = createSourceClient(place, 'test', { nowMs, signal })
        const register = createSqlRegister(createTestSql(), kv, log)
        const copying = {
          cluster: clusterConfig({}),
          keys,
          source,
          register,
          stored: new Set<string>(),
          nowMs,
        }
        try {
          await copyRoot(copying, undefined)
        } catch (error) {
          const isExpected =
            error instanceof FollowError || error instanceof SnapshotError || error instanceof CopyRefused
          assert.ok(isExpected, String(error))
        }
        const stored = kv.entries.get(rootKey('test'))
        assert.ok(stored === undefined || (stored === jws && [...kv.entries.values()].includes(blob)))
      },
    }
  },
}

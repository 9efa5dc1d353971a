import assert from 'node:assert/strict'
import { signAs } from '../../snapshot/forge.case.ts'
import { rootKey } from '../../snapshot/keys.ts'
import { signRoot } from '../../snapshot/root.ts'
import { rootOf, testKey } from '../../worker/edge.case.ts'
import { sampleObjects } from '../../worker/sample.case.ts'
import { digAt, snapshotOf } from '../dig.ts'
import { mutateBytes, mutateJson } from './mutate.ts'
import { askedNames, sampleEdge } from './query-target.ts'
import type { Target } from './target.ts'

/** Roots in the store, read by an edge that has just started. A root without a valid signature must have no effect. */
export const rootTarget: Target = {
  name: 'roots',
  what: "roots in the store: the signed text, or what an agent's own key signed",
  async open() {
    const at = await sampleEdge()
    const { content } = await snapshotOf({ objects: sampleObjects })
    const root = rootOf(content)
    const genuine = await signRoot(root, testKey)
    const payload = JSON.stringify(root)
    return {
      draw(random) {
        if (random.chance(0.2)) return { jws: mutateBytes(genuine, random) }
        const changed = random.chance(0.1)
          ? mutateBytes(payload, random)
          : JSON.stringify(mutateJson(root, random))
        return { payload: changed }
      },
      async check({ jws, payload: signed = '' }) {
        const header = { alg: 'EdDSA', typ: 'kubedoh-root', kid: testKey.kid }
        at.kv.entries.set(rootKey('test'), jws ?? (await signAs(signed, header, testKey)))
        at.warnings.length = 0
        const fresh = await digAt(at.restarted())
        for (const name of askedNames) {
          const { rcode } = await fresh.ask(`${name} A`).read()
          // These answers need no snapshot: the names are outside of all zones, or cannot exist.
          const isCertain =
            name.startsWith('_dns.') || ['.', 'www.example.com', '1.1.168.192.in-addr.arpa'].includes(name)
          if (jws !== undefined && jws !== genuine && !isCertain) assert.equal(rcode, 'SERVFAIL', name)
        }
      },
    }
  },
}

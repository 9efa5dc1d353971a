import { base64url } from 'jose'
import { importTrustedKeys, type TrustedKeys } from '../../snapshot/key.ts'
import { verifyRoot } from '../../snapshot/root.ts'
import { checkRootValue, jwsOf } from '../../snapshot/root-value.ts'
import { createBuckets } from '../../worker/reader/buckets.ts'

/** What the Worker checks: the value of a root, its cluster, and the public key of its signature. */
export type CheckedValue = { readonly value: string; readonly cluster: string; readonly publicKey: string }

const held = new Map<string, CheckedValue & { readonly keys: TrustedKeys; readonly nowMs: number }>()

/**
 * Checks roots as the reader of an isolate does when it reads a changed one, so that the CPU can be measured on workerd. POST
 * stores a value under a path; GET checks it with one bucket, `?part=signature` the signature alone, `?part=nothing` nothing.
 */
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (request.method === 'POST') {
      const given = (await request.json()) as CheckedValue
      held.set(pathname, { ...given, keys: await importTrustedKeys([given.publicKey]), nowMs: Date.now() })
      return new Response('stored')
    }
    const stored = held.get(pathname)
    if (!stored) return new Response('nothing is stored here', { status: 404 })
    const part = searchParams.get('part')
    if (part === 'signature') await checkSignature(stored)
    else if (part !== 'nothing') await checkAll(stored)
    return new Response('done')
  },
}

async function checkAll({
  value,
  cluster,
  keys,
  nowMs,
}: CheckedValue & { keys: TrustedKeys; nowMs: number }): Promise<void> {
  const jws = jwsOf(value)
  const { root } = await verifyRoot(jws, { cluster, keys, nowMs })
  checkRootValue(value, jws, root)
  await createBuckets(root, value, undefined)?.open({ family: 'services', name: '0' }, () =>
    Promise.resolve(null),
  )
}

async function checkSignature({ value, keys }: CheckedValue & { keys: TrustedKeys }): Promise<void> {
  const [header = '', payload = '', signature = ''] = jwsOf(value).split('.')
  const [key] = keys.values()
  const signed = new TextEncoder().encode(`${header}.${payload}`)
  const bytes = new Uint8Array(base64url.decode(signature))
  if (!key || !(await crypto.subtle.verify('Ed25519', key, bytes, signed)))
    throw new Error('the signature is not valid')
}

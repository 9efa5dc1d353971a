import { followPaths } from '../../snapshot/follow.ts'
import { generateKey, importPrivateKey } from '../../snapshot/key.ts'
import { proofHeader, signProof } from '../../snapshot/proof.ts'
import { get, post, startMs } from '../../worker/edge.case.ts'
import type { DohRequest } from '../../worker/http/request.ts'
import type { Dig } from '../dig.ts'
import { textOf } from './compare.ts'
import type { Leak } from './leak-matrix.ts'
import type { CallerPlan } from './leak-world.ts'

/** A key that no edge lists. */
const strangerKey = await importPrivateKey(await generateKey())

const hash = 'A'.repeat(43)

/**
 * Sends requests of a follower in the name of each caller over HTTP: to a cluster with followers, to one without, and to an unknown
 * one; with a stranger's proof and without a proof. Each response must be that of an unknown path.
 */
export async function compareFollow(
  product: Dig,
  callers: Iterable<Pick<CallerPlan, 'name' | 'authorization' | 'dns'>>,
): Promise<Leak[]> {
  const leaks: Leak[] = []
  for (const { name, authorization, dns } of callers) {
    if (dns) continue
    const credentials = authorization === undefined ? {} : { authorization }
    for (const [method, path] of ['one', 'two', 'nope'].flatMap(requestsOf))
      for (const proof of [{}, { [proofHeader]: await strangersProof(method, path) }]) {
        const headers = { ...credentials, ...proof }
        const send = async (to: string): Promise<string> =>
          textOf(await product.send(request(method, to, headers)))
        const [ours, theirs] = [await send(path), await send('/nowhere')]
        if (ours !== theirs) leaks.push({ where: `${path}, ${name}`, product: ours, oracle: theirs })
      }
  }
  return leaks
}

function requestsOf(cluster: string): [method: 'GET' | 'POST', path: string][] {
  return [
    ['GET', followPaths.head(cluster)],
    ['GET', followPaths.root(cluster, hash)],
    ['POST', followPaths.blobs(cluster)],
  ]
}

function request(
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>>,
): DohRequest {
  return method === 'GET' ? get(path, headers) : post(path, `${hash}\n`, headers)
}

function strangersProof(method: 'GET' | 'POST', path: string): Promise<string> {
  const body = new TextEncoder().encode(method === 'GET' ? '' : `${hash}\n`)
  const cluster = path.split('/')[2] ?? ''
  return signProof({ cluster, method, path, body }, strangerKey, startMs, 'kubedoh-follow')
}

import { readFile } from 'node:fs/promises'
import { request } from 'node:https'

/** Whether etcd says that it serves. Throws while nobody listens on `port`. */
export async function etcdServes(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2_000) })
  const { health } = (await response.json()) as { health?: string }
  return health === 'true'
}

/** Whether kube-apiserver's /readyz, open to anybody, answers 200. Throws while it cannot be reached. */
export async function apiServes(apiUrl: string, caFile: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const ca = await readFile(caFile)
  const asked = request(`${apiUrl}/readyz`, { ca, agent: false, timeout: 2_000 }, (response) => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  asked.on('timeout', () => asked.destroy(new Error('no answer within 2 s')))
  asked.on('error', reject)
  asked.end()
  return promise
}

import { readFile } from 'node:fs/promises'
import { request } from 'node:https'

/** Whether etcd reports itself healthy. Throws while it does not listen on `port`. */
export async function etcdServes(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(10_000) })
  const { health } = (await response.json()) as { health?: string }
  return health === 'true'
}

/** Whether kube-apiserver's /readyz answers 200, which needs no credentials. Throws while it cannot be reached. */
export async function apiServes(apiUrl: string, caFile: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>()
  const ca = await readFile(caFile)
  const asked = request(`${apiUrl}/readyz`, { ca, agent: false, timeout: 10_000 }, (response) => {
    response.resume()
    resolve(response.statusCode === 200)
  })
  asked.on('timeout', () => asked.destroy(new Error('no answer within 10 s')))
  asked.on('error', reject)
  asked.end()
  return promise
}

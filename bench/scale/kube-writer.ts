import { readFile } from 'node:fs/promises'
import { Pool } from 'undici'

/** Writes to a real API server as an admin, over persistent connections. */
export type KubeWriter = {
  /** Resolves when the API has answered with 2xx; throws with any other answer. */
  send(method: 'POST' | 'PUT' | 'DELETE', path: string, object?: object): Promise<void>
  close(): Promise<void>
}

type Kubeconfig = {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string }
  }[]
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string }
  }[]
}

/** Opens up to `connections` connections to the API server of a kubeconfig in JSON with embedded certificates. */
export async function openKubeWriter(kubeconfig: string, connections: number): Promise<KubeWriter> {
  const { clusters, users } = JSON.parse(await readFile(kubeconfig, 'utf8')) as Kubeconfig
  const [{ cluster } = {}, { user } = {}] = [clusters[0], users[0]]
  if (!cluster || !user) throw new Error(`${kubeconfig} names no cluster and user`)
  const text = (base64: string): string => Buffer.from(base64, 'base64').toString()
  const pool = new Pool(cluster.server, {
    connections,
    allowH2: false,
    connect: {
      ca: text(cluster['certificate-authority-data']),
      cert: text(user['client-certificate-data']),
      key: text(user['client-key-data']),
    },
  })
  return {
    async send(method, path, object) {
      const { statusCode, body } = await pool.request({
        method,
        path,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        ...(object && { body: JSON.stringify(object) }),
      })
      const said = await body.text()
      if (statusCode >= 300) throw new Error(`${method} ${path}: ${statusCode} ${said}`)
    },
    close: () => pool.destroy(),
  }
}

/** Compacts etcd to its present revision, so that no watch can continue from an older one (etcd's JSON gateway). */
export async function compact(etcdUrl: string): Promise<void> {
  const { header } = (await post(`${etcdUrl}/v3/kv/range`, { key: btoa('/') })) as {
    header: { revision: string }
  }
  await post(`${etcdUrl}/v3/kv/compaction`, { revision: header.revision, physical: true })
}

async function post(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

import { proxyFor } from '../../client/http/proxy-environment.ts'
import { keyIdOf } from '../../snapshot/jws.ts'
import { isClusterId } from '../../snapshot/keys.ts'
import { createEdgeClient } from '../../sync/publish/edge-client.ts'
import { edgeFetch } from '../../sync/publish/edge-fetch.ts'
import { PublishError } from '../../sync/publish/errors.ts'
import { readInputFile } from '../options/input-file.ts'
import { readKeyFile } from '../options/key-file.ts'
import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'

const action = 'key status'
const requestTimeoutMs = 10_000

/** kubedoh key status: whether an edge trusts a key, and whether it signed the root in force. */
export const keyStatus = verb({
  name: action,
  summary: "Ask an edge whether it trusts an agent's key, and whether that key signed the snapshot in force",
  usage: '--edge URL --cluster ID --key FILE [--in-force]',
  options: {
    edge: { kind: 'text', value: 'URL', help: "the edge's base URL, such as https://edge.example.com" },
    cluster: { kind: 'text', value: 'ID', help: "the cluster's id in the edge's configuration" },
    key: { kind: 'text', value: 'FILE', help: 'the private key; it signs one request that changes nothing' },
    ca: {
      kind: 'text',
      value: 'FILE',
      help: "CA certificates (PEM) to trust for the edge instead of the system's",
    },
    'in-force': { kind: 'flag', help: 'fail unless this key signed the snapshot in force' },
  },
  notes: [
    'It prints two lines, `trusted: yes` or `no` and `in force: yes` or `no`. Exit codes: 0 when the key is trusted (and in force, with --in-force), 1 when it is not or the edge does not answer.',
  ],
  async run(values, [extra], { env, print, signal }) {
    if (extra !== undefined) throw new UsageError(`${action} takes no "${extra}"`)
    const { edge, cluster, key: file } = values
    if (edge === undefined || cluster === undefined || file === undefined)
      throw new UsageError(`${action} needs --edge URL, --cluster ID and --key FILE`)
    if (!isClusterId(cluster)) throw new UsageError(`--cluster is "${cluster}", which is no cluster's id`)
    if (!URL.canParse(edge)) throw new UsageError(`--edge is "${edge}", which is no URL`)
    const key = await readKeyFile(file)
    const ca = values.ca === undefined ? undefined : await readInputFile(values.ca, '--ca')
    const client = createEdgeClient({
      url: edge.replace(/\/+$/, ''),
      cluster,
      key,
      fetch: edgeFetch(ca, proxyFor(new URL(edge), env)),
      nowMs: Date.now,
      requestTimeoutMs,
      signal,
    })
    const found = await client.state().catch((error: unknown) => {
      if (error instanceof PublishError && error.code === 'PROOF_UNVERIFIED') return undefined
      throw error
    })
    const isInForce = found?.root !== undefined && found.root !== null && keyIdOf(found.root) === key.kid
    print(`trusted: ${found ? 'yes' : 'no'}`)
    print(`in force: ${isInForce ? 'yes' : 'no'}`)
    return found && (isInForce || !values['in-force']) ? 0 : 1
  },
})

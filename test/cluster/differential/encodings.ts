import assert from 'node:assert/strict'
import { loadKube } from '../../../sync/kube/http/client.ts'
import { kubeProtobuf } from '../../../sync/kube/http/protobuf-objects.ts'
import { listTypes, readListAnswer } from '../../../sync/kube/http/responses.ts'
import { resourcesFor } from '../../../sync/kube/resources.ts'
import { reduceObject } from '../../../sync/objects/reduce.ts'
import { agentDefaults } from '../../../sync/options.ts'

/**
 * Lists a cluster in JSON and in Protobuf, while nothing in it changes. Throws AssertionError where the agent would keep
 * different objects from the two; gives the number of objects.
 */
export async function compareLanguages(kubeconfig: string): Promise<number> {
  const kube = loadKube({ kubeconfig })
  const { signal } = new AbortController()
  let objects = 0
  try {
    for (const { kind, path, plural } of resourcesFor('verified')) {
      const kept = async (accept?: string) => {
        const answer = await kube.get(path, signal, accept)
        const page = await readListAnswer(answer, kind, `list ${plural}`)
        const options = { ...agentDefaults, domain: 'cluster.local', endpointPodNames: true }
        return {
          type: answer.type,
          kept: Array.from(page.objects, (object) => reduceObject(kind, object, options)),
        }
      }
      const [json, protobuf] = [await kept(), await kept(listTypes)]
      assert.deepEqual([json.type, protobuf.type], ['application/json', kubeProtobuf])
      assert.deepEqual(protobuf.kept, json.kept)
      objects += json.kept.length
    }
  } finally {
    await kube.close()
  }
  return objects
}

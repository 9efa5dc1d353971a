import type { KubeResponse } from './kube.ts'
import { KubeError, kubeRefusal } from './kube-error.ts'
import { textOf } from './lines.ts'
import { fieldOf } from './loose.ts'

/**
 * An answer that is not 200 → the error that says so, with the message of the API's Status object. `doing` is
 * the verb and resource that were asked for.
 */
export async function refusalOf(response: KubeResponse, doing: string): Promise<KubeError> {
  const text = await textOf(response.body)
  let message = text.slice(0, 200)
  try {
    const said = fieldOf(JSON.parse(text), 'message')
    if (typeof said === 'string') message = said
  } catch {
    // A proxy between here and the API answers in its own words: they are the message.
  }
  return kubeRefusal(response.status, doing, { message, retryAfterMs: response.retryAfterMs })
}

/** JSON of the API → value. Throws KubeError KUBE_ANSWER when it is none. */
export function parseAnswer(text: string, doing: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new KubeError('KUBE_ANSWER', `the answer to ${doing} is not JSON: ${text.slice(0, 80)}`)
  }
}

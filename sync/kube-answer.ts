import type { KubeResponse } from './kube.ts'
import { KubeError, kubeRefusal } from './kube-error.ts'
import { textOf } from './lines.ts'
import { fieldOf } from './loose.ts'

/** A Status object is short; what a proxy says is read as far as a message needs. */
const maxRefusalLength = 1024 * 1024

/**
 * An answer that is not 200 → the error that says so, with the message of the API's Status object. `doing` is
 * the verb and resource that were asked for.
 */
export async function refusalOf(response: KubeResponse, doing: string): Promise<KubeError> {
  let text = ''
  try {
    text = await textOf(response.body, maxRefusalLength)
    const said = readStatus(JSON.parse(text))
    const retryAfterMs = Math.max(said.retryAfterMs, response.retryAfterMs)
    return kubeRefusal(response.status, doing, { message: said.message, retryAfterMs })
  } catch (error) {
    // A proxy between here and the API answers in its own words; and a status counts, however its body ends.
    if (!(error instanceof SyntaxError || error instanceof KubeError)) throw error
    const { retryAfterMs } = response
    return kubeRefusal(response.status, doing, { message: text.slice(0, 200) || 'no message', retryAfterMs })
  }
}

/** What a Status object says, as an answer's body or in a watch's ERROR event. */
export function readStatus(status: unknown): { readonly message: string; readonly retryAfterMs: number } {
  const message = fieldOf(status, 'message')
  const seconds = Number(fieldOf(status, 'details', 'retryAfterSeconds'))
  return {
    message: typeof message === 'string' ? message : 'no message',
    retryAfterMs: seconds > 0 ? seconds * 1000 : 0,
  }
}

/** JSON of the API → value. Throws KubeError KUBE_ANSWER when it is none. */
export function parseAnswer(text: string, doing: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new KubeError('KUBE_ANSWER', `the answer to ${doing} is not JSON: ${text.slice(0, 80)}`)
  }
}

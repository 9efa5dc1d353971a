import type { Api } from './api.ts'
import type { Phases } from './generator.ts'
import { type Change, keyOf, pathOf } from './object.ts'

/** A change that the API server refused, and its message. */
export type Refusal = { readonly change: Change; readonly message: string }

const methods = { create: 'POST', replace: 'PUT', delete: 'DELETE' } as const

/**
 * Makes changes, those of a phase side by side; `accepted` is called for each that the API server took. Resolves to
 * those it refused. Throws when it cannot be reached or fails.
 */
export async function makeChanges(
  api: Api,
  phases: Phases,
  accepted: (change: Change) => void,
): Promise<Refusal[]> {
  const refused: Refusal[] = []
  for (const phase of phases) {
    const outcomes = await Promise.all(phase.map((change) => make(api, change)))
    for (const [index, message] of outcomes.entries()) {
      const change = phase[index]
      if (!change) continue
      if (message === undefined) accepted(change)
      else refused.push({ change, message })
    }
  }
  return refused
}

/** Undefined when accepted, else the message of the API server. */
async function make(api: Api, { verb, object }: Change): Promise<string | undefined> {
  const { kind, metadata } = object
  const path = pathOf(kind, metadata.namespace, verb === 'create' ? undefined : metadata.name)
  const { status, body } = await api(methods[verb], path, verb === 'delete' ? undefined : object)
  if (status < 300) return undefined
  const { message = JSON.stringify(body) } = body as { message?: string }
  if (status >= 500 || status === 401 || (status === 403 && !message.includes('being terminated')))
    throw new Error(`${verb} ${keyOf(object)}: ${status} ${message}`)
  return message
}

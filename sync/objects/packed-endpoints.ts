import type { Endpoint, Port } from '../../snapshot/schema.ts'

declare const form: unique symbol

/**
 * Endpoints as one text, since an agent keeps every endpoint of a cluster: an array for each, and its strings, take four times
 * the memory. Each endpoint is a space, its address, and with a label '/' and that; neither contains a space, and an
 * address has no '/'.
 */
export type PackedEndpoints = string & { readonly [form]: true }

/** The endpoints of one EndpointSlice and their ports (see EndpointGroup). */
export type PackedGroup = { readonly ports: readonly Port[]; readonly endpoints: PackedEndpoints }

/** Endpoints → their text, in the same order. */
export function packEndpoints(endpoints: readonly Endpoint[]): PackedEndpoints {
  const texts = endpoints.map(([address, label]) =>
    label === undefined ? ` ${address}` : ` ${address}/${label}`,
  )
  // Unlike a concatenation, join makes one string that does not keep its parts.
  return texts.join('') as PackedEndpoints
}

/** The endpoints of a text, in their order. */
export function unpackEndpoints(packed: PackedEndpoints): Endpoint[] {
  return packed === '' ? [] : packed.slice(1).split(' ').map(endpointOf)
}

function endpointOf(text: string): Endpoint {
  const end = text.indexOf('/')
  return end === -1 ? [text] : [text.slice(0, end), text.slice(end + 1)]
}

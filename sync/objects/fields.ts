/**
 * Readers for Kubernetes objects, which come from an API server or from a file that a person wrote: any shape is
 * possible. They never throw, since one odd field must not stop the others; the caller gives the reason. (The
 * readers of snapshot/shape.ts throw at the first fault, since a snapshot is valid as a whole or not at all.)
 */

/** The value under a path of field names, or undefined where the path ends early. */
export function fieldOf(value: unknown, ...path: readonly string[]): unknown {
  let at = value
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = (at as Record<string, unknown>)[name]
  }
  return at
}

/** An array unchanged; an empty array for anything else, such as null or an absent field. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A value for a message: strings, numbers and booleans as JSON, everything else by its type. */
export function show(value: unknown): string {
  return ['string', 'number', 'boolean'].includes(typeof value) ? JSON.stringify(value) : typeof value
}

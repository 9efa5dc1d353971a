/**
 * Kubernetes objects come from an API server or from a file that a person wrote, so nothing about their shape
 * is sure. These never throw; what a wrong shape means is for the caller to say.
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

/** An array as it is; anything else, such as null or an absent field, is an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A value for a message: texts and numbers as JSON, the rest by its type. */
export function show(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : typeof value
}

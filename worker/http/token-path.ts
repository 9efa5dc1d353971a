/**
 * A path → the part behind `base` and its slash ('' when there is none): tokens, or with a further slash no token. Undefined for
 * a path that is neither `base` nor below it.
 */
export function readTokenPath(base: string, path: string): { readonly token: string } | undefined {
  if (path === base) return { token: '' }
  return path.startsWith(`${base}/`) ? { token: path.slice(base.length + 1) } : undefined
}

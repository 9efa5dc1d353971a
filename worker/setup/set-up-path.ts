import { readTokenPath } from '../http/token-path.ts'

/** The path of the set-up page. Tokens may follow as one additional segment, and a file after them. */
export const setUpPath = '/setup'

/** Stands for the tokens in the path of a file, for callers who present none in the path. No token has this form. */
export const noTokens = '-'

/** The parts of a path of the set-up page. */
export type SetUpPlace = {
  /** The path without the file. The caller is admitted by it, as by a DoH path. */
  readonly page: string
  /** The name of the file behind the tokens; undefined for the page itself. */
  readonly file: string | undefined
}

/**
 * A path → its parts: /setup, /setup/TOKENS, /setup/TOKENS/FILE, and /setup/-/FILE without tokens. Any other path is the
 * page of tokens that nobody has.
 */
export function readSetUpPath(path: string): SetUpPlace {
  const [, segment = '', file] = /^([^/]*)\/([^/]+)$/.exec(readTokenPath(setUpPath, path)?.token ?? '') ?? []
  if (file === undefined) return { page: path, file }
  return { page: segment === noTokens ? setUpPath : `${setUpPath}/${segment}`, file }
}

/** The relative URL of a file, from the page with this path. */
export function fileUrl(page: string, file: string): string {
  const { token } = readTokenPath(setUpPath, page) ?? { token: '' }
  const last = page.slice(page.lastIndexOf('/') + 1)
  const folder = token === '' ? (last === '' ? noTokens : `${last}/${noTokens}`) : last
  return `./${folder}/${file}`
}

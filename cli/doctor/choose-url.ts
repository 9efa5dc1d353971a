import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { readUrlFile } from '../options/edge-url.ts'
import { UsageError } from '../options/option-table.ts'

/** What the words and options of the command line choose. */
export type ChosenUrl = {
  readonly url: string
  readonly name: string | undefined
  readonly caFile: string | undefined
}

/** The options that matter here. */
export type UrlOptions = { readonly 'url-file': string | undefined; readonly ca: string | undefined }

/** The default of `kubedoh query`, which is the endpoint of `kubedoh up`. */
const byDefault = 'https://127.0.0.1:8443/dns-query'

/**
 * The words [URL] [NAME] and the options → the URL, the name and the file of authorities. Without a URL, that of --url-file; without
 * that, that of the installed stub in `directory`, with its authorities; without a stub, the endpoint of `kubedoh up`.
 * Throws UsageError, whose message never has a URL, since that may contain a token.
 */
export async function chooseUrl(
  words: readonly string[],
  options: UrlOptions,
  directory: string,
): Promise<ChosenUrl> {
  const [url, ...otherUrls] = words.filter(isUrl)
  const [name, ...otherNames] = words.filter((word) => !isUrl(word))
  const { 'url-file': urlFile, ca: caFile } = options
  if (otherUrls.length > 0 || otherNames.length > 0)
    throw new UsageError('doctor needs at most one URL and one NAME')
  if (url !== undefined && urlFile !== undefined)
    throw new UsageError('give either a URL or --url-file, not both')
  if (url !== undefined) return { url, name, caFile }
  if (urlFile !== undefined) return { url: await readUrlFile(urlFile), name, caFile }
  const installed = join(directory, 'connect.url')
  if (!(await exists(installed))) return { url: byDefault, name, caFile }
  if (!(await exists(installed, constants.R_OK)))
    throw new UsageError(
      `the installed stub has its URL in ${installed}, which this user may not read: run doctor with sudo, or give the URL`,
    )
  const installedCa = join(directory, 'connect-ca.pem')
  const hasCa = caFile === undefined && (await exists(installedCa))
  return { url: await readUrlFile(installed), name, caFile: hasCa ? installedCa : caFile }
}

function isUrl(word: string): boolean {
  return /^[a-z]+:\/\//i.test(word)
}

async function exists(file: string, mode = constants.F_OK): Promise<boolean> {
  return access(file, mode).then(
    () => true,
    () => false,
  )
}

import { UsageError } from '../options/option-table.ts'

/** What the words and options of the command line choose. */
export type ChosenUrl = {
  readonly url: string
  readonly name: string | undefined
  readonly caFile: string | undefined
}

const byDefault = 'https://127.0.0.1:8443/dns-query'

/**
 * The words [URL] [NAME] and the options → the URL, the name and the authorities. Without a URL, that of --url-file, then that of the
 * installed stub with its authorities, then the default of `kubedoh query`. Throws UsageError.
 */
export async function chooseUrl(
  words: readonly string[],
  { 'url-file': urlFile, ca }: { readonly 'url-file': string | undefined; readonly ca: string | undefined },
): Promise<ChosenUrl> {
  const urls = words.filter(isUrl)
  const names = words.filter((word) => !isUrl(word))
  if (urls.length > 1 || names.length > 1) throw new UsageError('doctor needs at most one URL and one NAME')
  const [url] = urls
  const [name] = names
  if (url !== undefined && urlFile !== undefined)
    throw new UsageError('URL and --url-file exclude each other')
  if (url !== undefined) return { url, name, caFile: ca }
  return { url: byDefault, name, caFile: ca }
}

function isUrl(word: string): boolean {
  return /^[a-z]+:\/\//i.test(word)
}

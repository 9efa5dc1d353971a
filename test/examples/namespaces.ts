import { ended, skipWithout } from '../clients/program.ts'

/** The reason why no network and mount namespaces can be made here, or false. With CI=true that is an error. */
export async function noNamespaces(): Promise<string | false> {
  const { code } = await ended('unshare', ['--net', '--mount', 'ip', 'link', 'set', 'lo', 'up'])
  if (code === 0) return skipWithout('getent')
  if (process.env.CI === 'true') throw new Error('CI must allow network and mount namespaces')
  return 'no network and mount namespaces here'
}

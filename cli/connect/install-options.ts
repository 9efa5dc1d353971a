import { systems } from '../../install/system/system-plan.ts'
import { type OptionTable, type OptionValues, UsageError } from '../options/option-table.ts'

/** The options of `kubedoh connect` that change the machine. */
export const installOptions = {
  install: {
    kind: 'flag',
    help: "let this machine's resolver ask the stub for the zones of the edge",
  },
  service: {
    kind: 'flag',
    help: 'run the stub as a service of systemd, launchd or Windows, now and whenever the machine starts',
  },
  uninstall: { kind: 'flag', help: 'undo --install and --service; needs no URL' },
  system: {
    kind: 'text',
    value: 'NAME',
    choices: systems,
    byDefault: 'the resolver that this machine uses',
    help: `with --install: the resolver to set up, one of ${systems.join(', ')}`,
  },
  search: {
    kind: 'list',
    value: 'DOMAIN',
    help: 'with --install: a domain under which programs look short names up, such as default.svc.cluster.local; repeatable',
  },
  'dry-run': { kind: 'flag', help: 'show what --install, --service or --uninstall would change, and end' },
  yes: { kind: 'flag', help: 'do not ask before changing this machine' },
} as const satisfies OptionTable

type Values = OptionValues<typeof installOptions>

/** The values of --search, in lower case and without final dot. Throws UsageError for a text that is no domain name. */
export function searchDomains(values: Pick<Values, 'search'>): string[] {
  return values.search.map((text) => {
    const domain = text.toLowerCase().replace(/\.$/, '')
    if (/^(?!.{254})([a-z0-9_][a-z0-9_-]{0,62}\.)*[a-z0-9_][a-z0-9_-]{0,62}$/.test(domain)) return domain
    throw new UsageError(`--search is "${text}", it must be a domain such as default.svc.cluster.local`)
  })
}

/** What the options ask for: nothing, to undo, or the parts to install. Throws UsageError for options that exclude each other. */
export function installWish(values: Values): 'nothing' | 'uninstall' | readonly ('resolver' | 'service')[] {
  const { install, service, uninstall } = values
  if (uninstall && (install || service)) throw new UsageError('--uninstall excludes --install and --service')
  if (values.system !== undefined && !install) throw new UsageError('--system needs --install')
  if (values.search.length > 0 && !install) throw new UsageError('--search needs --install')
  if (uninstall) return 'uninstall'
  if (install || service)
    return [...(install ? (['resolver'] as const) : []), ...(service ? (['service'] as const) : [])]
  if (values['dry-run'] || values.yes)
    throw new UsageError(`--${values.yes ? 'yes' : 'dry-run'} needs --install, --service or --uninstall`)
  return 'nothing'
}

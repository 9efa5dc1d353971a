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
  'dry-run': { kind: 'flag', help: 'show what --install, --service or --uninstall would change, and end' },
  yes: { kind: 'flag', help: 'do not ask before changing this machine' },
} as const satisfies OptionTable

type Values = OptionValues<typeof installOptions>

/** What the options ask for: nothing, to undo, or the parts to install. Throws UsageError for options that exclude each other. */
export function installWish(values: Values): 'nothing' | 'uninstall' | readonly ('resolver' | 'service')[] {
  const { install, service, uninstall } = values
  if (uninstall && (install || service)) throw new UsageError('--uninstall excludes --install and --service')
  if (values.system !== undefined && !install) throw new UsageError('--system needs --install')
  if (uninstall) return 'uninstall'
  if (install || service)
    return [...(install ? (['resolver'] as const) : []), ...(service ? (['service'] as const) : [])]
  if (values['dry-run'] || values.yes)
    throw new UsageError(`--${values.yes ? 'yes' : 'dry-run'} needs --install, --service or --uninstall`)
  return 'nothing'
}

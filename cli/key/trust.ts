import { errorText } from '../../host/errors.ts'
import { importTrustedKeys } from '../../snapshot/key.ts'
import { editFile } from '../options/edit-file.ts'
import { type OptionValues, UsageError } from '../options/option-table.ts'
import { type Verb, verb } from '../options/verb.ts'
import { addConfigKey, removeConfigKey } from './config-keys.ts'

const options = {
  config: { kind: 'text', value: 'FILE', help: "the edge's configuration (JSON)" },
  cluster: { kind: 'text', value: 'ID', help: "the cluster's id in the configuration" },
  'public-key': {
    kind: 'text',
    value: 'KEY',
    help: 'the public key, as `kubedoh key new` and `key show` print it',
  },
} as const

const usage = '--config FILE --cluster ID --public-key KEY'

/** kubedoh key trust: add a public key to an edge's configuration. */
export const trustKey: Verb = verb({
  name: 'key trust',
  summary: "Add a public key to a cluster in the file of an edge's configuration",
  usage,
  options,
  notes: ['The edge uses the key after it is deployed or restarted with the file.'],
  run: (values, positionals, { tell }) => change('key trust', values, positionals, addConfigKey, tell),
})

/** kubedoh key distrust: remove a public key from an edge's configuration. */
export const distrustKey: Verb = verb({
  name: 'key distrust',
  summary: "Remove a public key of a cluster from the file of an edge's configuration",
  usage,
  options,
  notes: [
    'The edge refuses the key after it is deployed or restarted with the file, and with it the snapshot that the key signed. The last key of a cluster is not removed.',
  ],
  run: (values, positionals, { tell }) => change('key distrust', values, positionals, removeConfigKey, tell),
})

async function change(
  action: string,
  values: OptionValues<typeof options>,
  [extra]: readonly string[],
  edit: typeof addConfigKey,
  tell: (line: string) => void,
): Promise<number> {
  if (extra !== undefined) throw new UsageError(`${action} takes no "${extra}"`)
  const { config, cluster, 'public-key': key } = values
  if (config === undefined || cluster === undefined || key === undefined)
    throw new UsageError(`${action} needs ${usage.replaceAll(' --', ', --')}`)
  await importTrustedKeys([key]).catch((error: unknown) => {
    throw new UsageError(`--public-key: ${errorText(error)}`)
  })
  await editFile(config, { what: `--config ${config}` }, (text) => edit(text, cluster, key))
  tell(`${config} is changed; deploy it, or restart the edge`)
  return 0
}

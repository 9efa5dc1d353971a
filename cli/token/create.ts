import { formatTime } from '../../sync/policy/times.ts'
import { UsageError } from '../options/option-table.ts'
import { verb } from '../options/verb.ts'
import { clusterId, clusterOption, entryName, timeOf } from './entry-options.ts'
import { issueToken, usageNotes } from './issue.ts'
import { editPolicyFile, policyFile, policyFileOption } from './policy-file.ts'
import { scopeFields, scopeOptions, scopeText } from './scope-options.ts'

const action = 'token create'

/** kubedoh token create: make a token and add its hash to the policy. */
export const create = verb({
  name: action,
  summary: 'Make a token, add its hash to the policy file, and print the token once',
  usage: 'NAME --policy FILE --cluster ID (--namespaces A,B | --namespace-labels SELECTOR | --all) [options]',
  options: {
    ...policyFileOption,
    ...clusterOption,
    ...scopeOptions,
    expires: {
      kind: 'text',
      value: 'TIME',
      byDefault: 'never',
      help: 'when the token ends: a time span such as 90d, or a time such as 2027-03-01T00:00:00Z',
    },
    'not-before': {
      kind: 'text',
      value: 'TIME',
      byDefault: 'now',
      help: 'when the token begins to be valid: a time span or a time',
    },
    dot: {
      kind: 'flag',
      help: 'make a token for DNS over TLS, which opens nothing else: the server name with it is readable on the network',
    },
    forward: {
      kind: 'flag',
      help: 'let its holder have names outside the cluster resolved, if the edge has an upstream',
    },
  },
  notes: [
    'The token is the only line on stdout, and is not stored anywhere. A policy file that does not exist is made.',
  ],
  async run(values, positionals, { print, tell }) {
    const name = entryName(action, positionals)
    const file = policyFile(action, values.policy)
    const cluster = clusterId(action, values.cluster)
    const scope = scopeFields(action, values)
    const nowMs = Date.now()
    const timeText = (option: 'expires' | 'not-before'): string | undefined => {
      const text = values[option]
      return text === undefined ? undefined : formatTime(timeOf(option, text, nowMs))
    }
    const [expires, notBefore] = [timeText('expires'), timeText('not-before')]
    const { token, sha256 } = await issueToken(cluster, values.dot)
    const doors = values.dot ? ['dot'] : undefined
    const forward = values.forward || undefined
    await editPolicyFile(
      file,
      ({ tokens }) => {
        if (tokens.some((each) => each.name === name))
          throw new UsageError(
            `${file} already has a token "${name}"; \`kubedoh token rotate ${name}\` replaces it`,
          )
        return [
          {
            kind: 'add',
            list: 'tokens',
            fields: { name, sha256, ...scope, notBefore, expires, doors, forward },
          },
        ]
      },
      'create',
    )
    tell(
      `the token "${name}" gives access to ${scopeText(scope, values.forward)}${expires === undefined ? ' and does not expire' : ` until ${expires}`}; ${file} has its hash only, so this is its only copy`,
    )
    for (const note of usageNotes(cluster, values.dot)) tell(note)
    print(token)
    return 0
  },
})

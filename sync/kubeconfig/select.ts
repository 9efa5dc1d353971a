import { accessSync, constants, statSync } from 'node:fs'
import { errorText } from '../error-text.ts'
import { proxyProblem, serverUrl } from './api-urls.ts'
import { type EntryFields, fieldsOf } from './entry-fields.ts'
import { KubeconfigError } from './errors.ts'
import { execConfigOf } from './exec-config.ts'
import { refusedUserFields } from './fields.ts'
import { impersonationOf } from './impersonation.ts'
import { type Entry, isObject, type Kubeconfig } from './parse.ts'

import type { CredentialsWorld, Target, User } from './target.ts'
import { authorityProblem, clientCertificateProblem } from './tls-material.ts'

const execExtensionName = 'client.authentication.k8s.io/exec'

/**
 * The context of a kubeconfig (the current one unless named) → its API and user. Checks what kubectl
 * checks, and that files can be read. `source` names the kubeconfig in messages. Throws KubeconfigError.
 */
export function selectTarget(
  config: Kubeconfig,
  contextName: string | undefined,
  source: string,
  world: CredentialsWorld,
): Target {
  const name = contextName ?? config.currentContext
  const known = [...config.contexts.keys()].join(', ') || 'none'
  if (name === '')
    throw new KubeconfigError(
      `${source}: it names no current context; choose one with --context: there is ${known}`,
    )
  const context = config.contexts.get(name)
  if (!context) throw new KubeconfigError(`${source}: no context "${name}", there is ${known}`)
  const place = `${context.file}: context "${name}"`
  const fields = fieldsOf(context, place)
  const cluster = entryOf(config.clusters, fields.text('cluster'), place, 'cluster')
  const userName = fields.text('user')
  const userEntry = userName === undefined ? undefined : entryOf(config.users, userName, place, 'user')
  const user = userEntry
    ? userOf(fieldsOf(userEntry, `${userEntry.file}: user "${userName}"`), world)
    : { impersonation: {} }
  return {
    source: `${source}, context "${name}"`,
    ...clusterOf(fieldsOf(cluster, `${cluster.file}: cluster "${fields.text('cluster')}"`), user),
    user,
  }
}

function entryOf(
  entries: ReadonlyMap<string, Entry>,
  name: string | undefined,
  place: string,
  what: string,
): Entry {
  if (name === undefined) throw new KubeconfigError(`${place} names no ${what}`)
  const entry = entries.get(name)
  if (!entry) throw new KubeconfigError(`${place} names a ${what} that is not in it: "${name}"`)
  return entry
}

function clusterOf(cluster: EntryFields, user: User): Omit<Target, 'source' | 'user'> {
  const [caFile, caData] = fileOrData(cluster, 'certificate-authority')
  const skipTlsVerify = cluster.flag('insecure-skip-tls-verify')
  const hasCa = caFile !== undefined || caData !== undefined
  if (skipTlsVerify && hasCa)
    throw new KubeconfigError(
      `${cluster.place}: insecure-skip-tls-verify and certificate-authority exclude each other`,
    )
  const problemOfCa = authorityProblem({ caFile, caData })
  if (problemOfCa !== undefined)
    throw new KubeconfigError(`${cluster.place}: certificate-authority ${problemOfCa}`)
  const server = cluster.text('server')
  if (server === undefined) throw new KubeconfigError(`${cluster.place} has no server`)
  const hasCert = user.certFile !== undefined || user.certData !== undefined
  const parsed = serverUrl(server, hasCa || hasCert || skipTlsVerify)
  if ('problem' in parsed) throw new KubeconfigError(`${cluster.place}: server ${parsed.problem}`)
  const proxyUrl = cluster.text('proxy-url')
  const problem = proxyUrl === undefined ? undefined : proxyProblem(proxyUrl)
  if (problem !== undefined) throw new KubeconfigError(`${cluster.place}: proxy-url ${problem}`)
  return {
    server: parsed.url,
    caFile,
    caData,
    skipTlsVerify,
    tlsServerName: cluster.text('tls-server-name'),
    proxyUrl,
    disableCompression: cluster.flag('disable-compression'),
    execExtension: execExtensionOf(cluster.raw('extensions')),
  }
}

function execExtensionOf(extensions: unknown): unknown {
  if (!Array.isArray(extensions)) return undefined
  const found = (extensions as readonly unknown[]).find(
    (each) => isObject(each) && each.name === execExtensionName,
  )
  return isObject(found) ? found.extension : undefined
}

function userOf(user: EntryFields, world: CredentialsWorld): User {
  for (const { field, note } of refusedUserFields) {
    const value = user.raw(field)
    if (value !== undefined && value !== null)
      throw new KubeconfigError(`${user.place}: ${field} is not supported: ${note.replaceAll('`', '')}`)
  }
  const [certFile, certData] = fileOrData(user, 'client-certificate')
  const [keyFile, keyData] = fileOrData(user, 'client-key')
  if ((certFile ?? certData) !== undefined && (keyFile ?? keyData) === undefined)
    throw new KubeconfigError(`${user.place} has a client-certificate without a client-key`)
  const problem = clientCertificateProblem({ certFile, certData, keyFile, keyData })
  if (problem !== undefined)
    throw new KubeconfigError(`${user.place}: client-certificate and client-key ${problem}`)
  const token = user.text('token')
  if (token !== undefined && /\p{Cc}/u.test(token))
    throw new KubeconfigError(`${user.place}: token has a line break or another control character`)
  const tokenFile = readable(user, 'tokenFile')
  const [username, password] = [user.text('username'), user.text('password')]
  if ((token ?? tokenFile) !== undefined && (username ?? password) !== undefined)
    throw new KubeconfigError(
      `${user.place} has both a token and a username or password; only one is allowed`,
    )
  const exec = user.object('exec')
  return {
    ...{ certFile, certData, keyFile, keyData, token, tokenFile, username, password },
    exec: exec && execConfigOf(exec, world),
    impersonation: impersonationOf(user),
  }
}

/** A file, or the same as data in the kubeconfig; kubectl refuses both at once. */
function fileOrData(entry: EntryFields, field: string): [string | undefined, string | undefined] {
  const data = entry.base64(`${field}-data`)
  const file = readable(entry, field)
  if (file !== undefined && data !== undefined)
    throw new KubeconfigError(`${entry.place}: ${field} and ${field}-data exclude each other`)
  return [file, data]
}

function readable(entry: EntryFields, field: string): string | undefined {
  const path = entry.path(field)
  if (path === undefined) return undefined
  try {
    accessSync(path, constants.R_OK)
    if (!statSync(path).isDirectory()) return path
  } catch (error) {
    throw new KubeconfigError(`${entry.place}: ${field}: ${errorText(error)}`)
  }
  throw new KubeconfigError(`${entry.place}: ${field}: ${path} is a directory`)
}

import { HttpMethod, KubeConfig, RequestContext } from '@kubernetes/client-node'
import type { Dispatcher } from 'undici'
import { type Credentials, sendsCredentials } from '../../kubeconfig/credentials.ts'
import type { Target } from '../../kubeconfig/target.ts'
import type { Connections } from './connections.ts'

/** The parts of a request that authenticate it as the target's user. */
export type Authenticated = {
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly dispatcher: Dispatcher | undefined
}

export type Method = 'GET' | 'POST' | 'PUT'

type Authenticator = Parameters<KubeConfig['addAuthenticator']>[0]

/** The package's parts, which its types keep private. */
type Maker = {
  createDispatcher(cluster: unknown, tls: object): Dispatcher | undefined
}

/**
 * Headers and connection for requests to a target. The package reads certificate files for every request and writes
 * basic authentication; tokens, plugins and impersonation are added here. `proxyUrl`: the proxy to use, if any.
 * The function that is returned throws CredentialsError, and the file system's errors for certificates.
 */
export function authenticatorOf(
  target: Target,
  credentials: Credentials,
  connections: Connections,
  proxyUrl: string | undefined,
): (url: string, method: Method) => Promise<Authenticated> {
  const config = configOf(target)
  config.addAuthenticator(withCredentials(credentials))
  const maker = config as unknown as Maker
  maker.createDispatcher = (_cluster, tls) => connections.dispatcherFor({ tls, proxyUrl })
  const impersonation = Object.fromEntries(
    Object.entries(target.user.impersonation).map(([name, value]) => [
      name,
      typeof value === 'string' ? headerValue(value) : value.map(headerValue),
    ]),
  )
  return async (url, method) => {
    const context = new RequestContext(url, HttpMethod[method])
    await config.applySecurityAuthentication(context)
    return {
      headers: { ...context.getHeaders(), ...impersonation },
      dispatcher: context.getDispatcher(),
    }
  }
}

function configOf(target: Target): KubeConfig {
  const { certFile, certData, keyFile, keyData, username, password } = target.user
  const { server, caFile, caData, tlsServerName } = target
  const config = new KubeConfig()
  const isSent = sendsCredentials(target)
  config.loadFromClusterAndUser(
    {
      name: 'cluster',
      server,
      skipTLSVerify: target.skipTlsVerify,
      ...(caFile !== undefined && { caFile }),
      ...(caData !== undefined && { caData }),
      ...(tlsServerName !== undefined && { tlsServerName }),
    },
    {
      name: 'user',
      ...(certFile !== undefined && { certFile }),
      ...(certData !== undefined && { certData }),
      ...(keyFile !== undefined && { keyFile }),
      ...(keyData !== undefined && { keyData }),
      ...(isSent &&
        (username ?? password) !== undefined && { username: username ?? '', password: password ?? '' }),
    },
  )
  return config
}

function withCredentials(credentials: Credentials): Authenticator {
  return {
    isAuthProvider: () => true,
    applyAuthentication: async (_user, options) => {
      const { token, cert, key } = await credentials.current()
      if (cert !== undefined && key !== undefined) Object.assign(options, { cert, key })
      if (token !== undefined)
        options.headers = { ...(options.headers as object), Authorization: `Bearer ${headerValue(token)}` }
    },
  }
}

/** A text as the value of a header: its bytes in UTF-8, as kubectl sends them, one character each. */
function headerValue(text: string): string {
  return Buffer.from(text).toString('latin1')
}

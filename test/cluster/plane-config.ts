import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../free-ports.ts'
import { type Certificates, issueCertificates } from './certificates.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import type { Programs } from './programs.ts'

/** Configuration of one control plane: directory, ports on 127.0.0.1, keys. */
export type PlaneConfig = {
  readonly dir: string
  readonly programs: Programs
  readonly ports: {
    readonly etcd: number
    readonly etcdPeer: number
    readonly api: number
    readonly dns: number
    readonly doh: number
  }
  readonly apiUrl: string
  readonly certificates: Certificates
  /** Paths, one for each identity. */
  readonly kubeconfigs: {
    readonly admin: string
    readonly controllerManager: string
    readonly scheduler: string
  }
}

/** Creates the configuration of a control plane in `dir`. Throws what issueCertificates throws. */
export async function preparePlane(dir: string, programs: Programs): Promise<PlaneConfig> {
  const [etcd = 0, etcdPeer = 0, api = 0, dns = 0, doh = 0] = await freePorts(5)
  const keys = join(dir, 'keys')
  await mkdir(keys)
  const certificates = await issueCertificates(keys)
  const { admin, controllerManager, scheduler, caFile } = certificates
  const apiUrl = `https://127.0.0.1:${api}`
  const kubeconfig = (name: string, client: typeof admin) =>
    writeKubeconfig(join(dir, `${name}.kubeconfig`), apiUrl, caFile, client)
  return {
    dir,
    programs,
    ports: { etcd, etcdPeer, api, dns, doh },
    apiUrl,
    certificates,
    kubeconfigs: {
      admin: await kubeconfig('admin', admin),
      controllerManager: await kubeconfig('controller-manager', controllerManager),
      scheduler: await kubeconfig('scheduler', scheduler),
    },
  }
}

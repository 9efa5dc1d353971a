/* The parts of objects of the API that a simulated pod is made of. */

export type ContainerSpec = {
  readonly args: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts?: readonly {
    readonly name: string
    readonly mountPath: string
    readonly readOnly?: boolean
  }[]
  readonly readinessProbe: {
    readonly httpGet: { readonly path: string; readonly port: string }
    readonly periodSeconds: number
  }
  readonly securityContext: {
    readonly readOnlyRootFilesystem?: boolean
    readonly allowPrivilegeEscalation?: boolean
    readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] }
  }
}

export type VolumeSpec = {
  readonly name: string
  readonly secret?: { readonly secretName: string; readonly defaultMode?: number }
  readonly configMap?: { readonly name: string; readonly defaultMode?: number }
  readonly emptyDir?: object
  readonly persistentVolumeClaim?: object
}

export type PodSpec = {
  readonly containers: readonly [ContainerSpec]
  readonly volumes?: readonly VolumeSpec[]
  readonly serviceAccountName: string
  readonly automountServiceAccountToken?: boolean
  readonly securityContext: {
    readonly runAsUser: number
    readonly runAsGroup: number
    readonly fsGroup: number
  }
}

export type ServiceSpec = {
  readonly clusterIP: string
  readonly ports: readonly {
    readonly port: number
    readonly targetPort: string | number
    readonly protocol: 'UDP' | 'TCP'
  }[]
}

/** The configuration of an image (OCI image-spec). */
export type ImageRun = {
  readonly Entrypoint: readonly string[]
  readonly Env: readonly string[]
  readonly WorkingDir: string
}

/** A volume's files, by name. Without files it is an empty directory that the pod may write to. */
export type VolumeFiles = {
  readonly name: string
  readonly files?: Readonly<Record<string, string>>
  /** Permissions of the files. */
  readonly mode: number
}

/** All that sandbox.ts needs to run one pod. */
export type Sandbox = {
  /** A directory for the bundle of the runtime. */
  readonly dir: string
  /** The directory with the root file system. */
  readonly rootfs: string
  readonly podName: string
  readonly podIp: string
  readonly clientIp: string
  readonly serviceRange: string
  readonly apiAddress: string
  /** Addresses whose port 443 leads out of the pod's network, each by a Unix socket. */
  readonly routes: readonly { readonly address: string; readonly socket: string }[]
  readonly services: readonly ServiceSpec[]
  readonly pod: PodSpec
  readonly image: ImageRun
  readonly volumes: readonly VolumeFiles[]
}

import type { Helm } from './helm.ts'

const head = `# \`kubedoh up\` in a cluster, for \`kubectl apply -f\`: the chart of deploy/chart with its default values, and a namespace.
# Written by \`npm run manifest\`. Put the name of your image into the Deployment.
apiVersion: v1
kind: Namespace
metadata:
  name: kubedoh
  labels:
    pod-security.kubernetes.io/enforce: restricted
`

/** The text of deploy/kubedoh.yaml. Labels that say that Helm manages the objects are left out. */
export async function staticManifest(helm: Helm): Promise<string> {
  const rendered = await helm.template({})
  const own = rendered
    .split('\n')
    .filter((line) => !/^# Source: |^ +(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): /.test(line))
  return head + own.join('\n')
}

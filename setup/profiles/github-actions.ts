import { commentLines } from './comment.ts'
import type { About, Profile } from './profile.ts'
import { unfitZones } from './zones.ts'

const about: About = {
  id: 'github-actions',
  title: 'GitHub Actions steps',
  fileName: 'kubedoh-steps.yaml',
  mediaType: 'application/yaml',
  systems: ['ci'],
  does: "Lets the following steps of a job resolve the names of the cluster's zones, with `kubedoh connect` on the runner.",
  install:
    'save the DoH URL as the secret KUBEDOH_URL of the repository, and copy the steps into a job on ubuntu-latest.',
  undo: 'delete the steps; hosted runners are thrown away after the job.',
  limits: () => [
    'A name is not a route: the runner also needs a way to the addresses, such as a VPN.',
    'Give the pipeline a token of its own that ends, or mint one for each job.',
    'The steps follow the documentation of GitHub and were not tried there.',
  ],
  unfit: unfitZones,
}

/** Steps of a workflow (https://docs.github.com/actions). They have no token: it is in a secret, and no log shows it. */
export const githubActions: Profile = {
  ...about,
  // The expiry of this caller's token says nothing about the one in the secret.
  write: (facts) =>
    `${[...commentLines(about, { ...facts, edge: { ...facts.edge, expires: null } }), steps].join('\n')}\n`,
}

const steps = `- uses: actions/setup-node@v4
  with:
    node-version: 24
- name: Resolve the names of the cluster
  env:
    KUBEDOH_URL: \${{ secrets.KUBEDOH_URL }}
  run: |
    umask 077
    printf '%s\\n' "$KUBEDOH_URL" > "$RUNNER_TEMP/kubedoh-url"
    npm install --global kubedoh
    sudo env "PATH=$PATH" kubedoh connect --url-file "$RUNNER_TEMP/kubedoh-url" --install --service --yes`

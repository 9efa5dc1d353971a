import { dohUrlOf } from './doh-url.ts'
import type { DohRequest, DohResponse } from './request.ts'

const style =
  ':root{color-scheme:light dark;font:16px/1.6 system-ui,sans-serif}body{max-width:38rem;margin:12vh auto 3rem;padding:0 1.25rem}h1{margin:0 0 1rem;font-size:1.6rem}pre{margin:-.25rem 0 1.5rem;padding:.6rem .9rem;border:1px solid #8885;border-radius:.4rem;background:#8881;white-space:pre-wrap;overflow-wrap:anywhere}code{font:.92em ui-monospace,monospace}'

/** The digest of `style` for the content security policy. Browsers then refuse all other styles and all scripts. */
const styleHash = 'sha256-Yq/bEY3W+80j45GFRFcEWbUKImoJ75uXgxXdAtRFVEo='

/**
 * The page at `/` for people who open an edge in a browser. It explains the service, and has the address to configure
 * and a pointer to the docs. It contains no names, clusters or tokens, and loads no other resource. `url` is the DoH URL of the
 * configuration; `setUpPath` leads to the set-up page, if callers without a token may see it.
 */
export function frontPage(
  request: DohRequest,
  {
    url: configured,
    setUpPath,
  }: { readonly url?: string | undefined; readonly setUpPath?: string | undefined },
): DohResponse {
  const url = dohUrlOf(request, configured)
  const setUp =
    setUpPath === undefined ? '' : `<p><a href="${setUpPath}">Set up a device, or look up a name</a></p>\n`
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>kubedoh</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>kubedoh</h1>
<p>This is a DNS server. It answers DNS-over-HTTPS queries (RFC 8484) for the names of Kubernetes clusters.</p>
<p>Its address, for resolvers and browsers:</p>
<pre><code>${url}</code></pre>
${setUp}<p>To look up one name as JSON, add a query to the address:</p>
<pre><code>${url}?name=NAME&amp;type=A</code></pre>
<p>In the kubedoh repository, <code>docs/clients.md</code> explains how to set up curl, dig, browsers and operating systems, and <code>docs/dns.md</code> which names are answered, and how.</p>
</main>
</body>
</html>
`,
  }
}

import { dohPath } from './doh.ts'
import type { DohRequest, DohResponse } from './request.ts'

const style =
  ':root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:40rem;margin:3rem auto;padding:0 1rem}code{font-size:.95em;overflow-wrap:anywhere}'

/** The digest of `style` for the content security policy. Browsers then refuse all other styles and all scripts. */
const styleHash = 'sha256-0HCder2aCo1uHqNBqUmBaaKfCM1DCCJadJaiiKULX98='

/** Host names and addresses with an optional port, which need no escaping in HTML. */
const plainHost = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/i

/**
 * The page at `/` for people who open an edge in a browser. It explains the service, and has the address to configure
 * and a pointer to the docs. It contains no names, clusters or tokens, and loads no other resource.
 */
export function frontPage(request: DohRequest): DohResponse {
  const host = request.header('host') ?? ''
  const url = plainHost.test(host) ? `https://${host}${dohPath}` : dohPath
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
<p><code>${url}</code></p>
<p>To look up one name as JSON, add a query to the address:</p>
<p><code>${url}?name=NAME&amp;type=A</code></p>
<p>How to set up curl, dig, browsers and systems is in <code>docs/clients.md</code> of the kubedoh repository; what is answered, and how, is in <code>docs/dns.md</code>.</p>
</main>
</body>
</html>
`,
  }
}

import type { ReadableHeaders } from '../contract/deployment-flaws.ts'

/** A host whose configuration is known. */
export type Host = 'nginx' | 'caddy' | 'apache' | 'netlify' | 'vercel' | 'github-pages'

/** Which host sent an answer, as far as it says. A proxy in front of it may say something else. */
export function recogniseHost(headers: ReadableHeaders): Host | undefined {
  const server = headers.get('server')?.toLowerCase() ?? ''
  if (headers.get('x-vercel-id') !== null || server === 'vercel') return 'vercel'
  if (headers.get('x-nf-request-id') !== null || server === 'netlify') return 'netlify'
  if (server.startsWith('nginx')) return 'nginx'
  if (server.startsWith('caddy')) return 'caddy'
  if (server.startsWith('apache')) return 'apache'
  return server === 'github.com' ? 'github-pages' : undefined
}

const CANNOT = 'GitHub Pages cannot do this: serve the app from a host that can send headers'

/** The line that sends a header. @param path of one page, or `*` for every answer, errors too */
export function headerLine(
  host: Host | undefined,
  path: string,
  name: string,
  value: string,
): string {
  const isAll = path === '*'
  switch (host) {
    case 'nginx': {
      const line = `add_header ${name} "${value}" always;`
      return isAll ? line : `location = ${path} { ${line} }`
    }
    case 'caddy':
      return `header ${isAll ? '' : `${path} `}${name} "${value}"`
    case 'apache': {
      const line = `Header always set ${name} "${value}"`
      return isAll ? line : `<If "%{REQUEST_URI} == '${path}'"> ${line} </If>`
    }
    case 'netlify':
      return `_headers: ${isAll ? '/*' : path} ⏎ ${name}: ${value}`
    case 'vercel': {
      const rule = { source: isAll ? '/(.*)' : path, headers: [{ key: name, value }] }
      return `vercel.json, headers: ${JSON.stringify(rule)}`
    }
    case 'github-pages':
      return CANNOT
    default:
      return `${name}: ${value}`
  }
}

/** The line that answers a flow path of the same-origin topology, where no worker does. */
export function flowAnswerLine(host: Host | undefined, path: string): string {
  switch (host) {
    case 'nginx':
      return `location = ${path} { add_header Referrer-Policy no-referrer always; add_header Cache-Control no-store always; return 303 "/#_"; }`
    case 'caddy':
      return `header ${path} { Referrer-Policy no-referrer ⏎ Cache-Control no-store } ⏎ redir ${path} /#_ 303`
    case 'apache':
      return `RewriteRule ^${path.slice(1)}$ /#_ [R=303,NE,L], with Header always set Referrer-Policy no-referrer and Cache-Control no-store`
    case 'vercel':
      return `vercel.json, redirects: ${JSON.stringify({ source: path, destination: '/#_', statusCode: 303 })}, and headers Referrer-Policy: no-referrer, Cache-Control: no-store`
    case 'github-pages':
      return CANNOT
    default:
      return `${path}: 303 with Location: /#_, Referrer-Policy: no-referrer and Cache-Control: no-store`
  }
}

/** The line that refuses worker scripts other than the guardian's. */
export function workerGuardLine(host: Host | undefined, worker: string): string {
  switch (host) {
    case 'nginx':
      return `set $foreign $http_service_worker; if ($request_uri = "${worker}") { set $foreign ""; } if ($foreign) { return 403; }`
    case 'caddy':
      return `@foreign { header Service-Worker * ⏎ not expression {uri} == "${worker}" } ⏎ error @foreign 403`
    case 'apache':
      return `RewriteCond %{HTTP:Service-Worker} . ⏎ RewriteCond %{THE_REQUEST} "! ${worker} " ⏎ RewriteRule ^ - [F]`
    case 'vercel':
      return `vercel.json, redirects: ${JSON.stringify({ source: `/((?!${worker.slice(1)}$).*)`, has: [{ type: 'header', key: 'service-worker' }], destination: '/404', permanent: false })}`
    case 'netlify':
      return 'Netlify cannot do this with _headers: an Edge Function that answers 403 to requests with the header Service-Worker'
    case 'github-pages':
      return CANNOT
    default:
      return `403 for every request with the header Service-Worker, except for ${worker}`
  }
}

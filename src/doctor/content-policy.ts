/** The policies of a page: each `Content-Security-Policy` that came with it. All of them apply. */
export type ContentPolicy = readonly ReadonlyMap<string, readonly string[]>[]

/** Directives that stand in for one that is not there (CSP Level 3 section 6.8.3). */
const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  'connect-src': ['default-src'],
  'frame-src': ['child-src', 'default-src'],
  'img-src': ['default-src'],
  'media-src': ['default-src'],
  'object-src': ['default-src'],
  'script-src-elem': ['script-src', 'default-src'],
  'style-src-elem': ['style-src', 'default-src'],
  'worker-src': ['child-src', 'script-src', 'default-src'],
}

export type FetchDirective =
  | 'connect-src'
  | 'frame-src'
  | 'img-src'
  | 'media-src'
  | 'object-src'
  | 'script-src-elem'
  | 'style-src-elem'
  | 'worker-src'

/** Reads the header, in which several policies are joined by commas. */
export function parsePolicy(header: string | null): ContentPolicy {
  return (header ?? '').split(',').flatMap((text) => {
    const directives = new Map<string, readonly string[]>()
    for (const part of text.split(';')) {
      const [name = '', ...sources] = part.trim().split(/\s+/)
      // The first of a name counts.
      if (name !== '' && !directives.has(name.toLowerCase())) {
        directives.set(name.toLowerCase(), sources)
      }
    }
    return directives.size === 0 ? [] : [directives]
  })
}

/** Whether a page of `self` may load `url` for the purpose of a directive. Without any policy it may. */
export function allows(
  policy: ContentPolicy,
  directive: FetchDirective,
  url: string,
  self: string,
): boolean {
  return policy.every((directives) => {
    const sources = sourcesOf(directives, directive)
    return !sources || sources.some((source) => matches(source, new URL(url), new URL(self)))
  })
}

function sourcesOf(
  directives: ReadonlyMap<string, readonly string[]>,
  directive: FetchDirective,
): readonly string[] | undefined {
  return [directive, ...(FALLBACKS[directive] ?? [])]
    .map((name) => directives.get(name))
    .find((sources) => sources !== undefined)
}

/** CSP Level 3 section 6.7.2.8, for the expressions that stand for URLs. */
function matches(source: string, url: URL, self: URL): boolean {
  if (source === "'self'") return url.origin === self.origin
  if (source === '*') return /^(https?|wss?):$/.test(url.protocol)
  const scheme = /^([a-z][a-z0-9+.-]*):$/i.exec(source)?.[1]?.toLowerCase()
  if (scheme !== undefined) return isScheme(url, scheme)
  const host = /^(?:([a-z][a-z0-9+.-]*):\/\/)?([^/:]+|\[[^\]]+\])(?::(\d+|\*))?(\/.*)?$/i.exec(
    source,
  )
  const [, wantedScheme, name = '', port, path] = host ?? []
  return (
    host !== null &&
    !source.startsWith("'") &&
    isScheme(url, wantedScheme?.toLowerCase() ?? self.protocol.slice(0, -1)) &&
    isHost(url.hostname, name.toLowerCase()) &&
    isPort(url, port) &&
    isPath(url.pathname, path)
  )
}

/** A policy for http allows https too. */
function isScheme({ protocol }: URL, scheme: string): boolean {
  return protocol === `${scheme}:` || (scheme === 'http' && protocol === 'https:')
}

function isHost(hostname: string, pattern: string): boolean {
  return pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern
}

function isPort({ host, hostname }: URL, wanted: string | undefined): boolean {
  const port = host === hostname ? '' : host.slice(hostname.length + 1)
  if (wanted === '*') return true
  if (wanted === undefined) return port === ''
  return port === wanted || (port === '' && (wanted === '443' || wanted === '80'))
}

function isPath(path: string, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === '/') return true
  return wanted.endsWith('/') ? path.startsWith(wanted) : path === wanted
}

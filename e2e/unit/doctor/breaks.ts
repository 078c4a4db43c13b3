import type { Asked, Break, Reply } from './small-deployment.ts'
import type { Case } from './diagnose.ts'

/** Other headers in the reply to a path; `null` takes one away. */
export function headers(
  site: string,
  path: string | RegExp,
  changed: Readonly<Record<string, string | null>>,
): Break {
  return (asked, reply) => {
    const isMeant = typeof path === 'string' ? asked.path === path : path.test(asked.path)
    if (asked.site !== site || !isMeant) return undefined
    const names = Object.keys(changed).map((name) => name.toLowerCase())
    const kept = Object.entries(reply.headers).filter(
      ([name]) => !names.includes(name.toLowerCase()),
    )
    const added = Object.entries(changed).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    )
    return { ...reply, headers: Object.fromEntries([...kept, ...added]) }
  }
}

/** Another reply to a path. */
export function reply(site: string, path: string, changed: Partial<Reply>): Break {
  return (asked, right) =>
    asked.site === site && asked.path === path ? { ...right, ...changed } : undefined
}

/** Metadata with other members; `undefined` takes one away. */
export function metadata(changed: (issuer: string) => Record<string, unknown>): Break {
  return (asked, right, { server }) =>
    asked.path === '/.well-known/openid-configuration'
      ? {
          ...right,
          body: JSON.stringify({
            ...(JSON.parse(right.body ?? '{}') as object),
            ...changed(server),
          }),
        }
      : undefined
}

/** The policy of the app with one directive changed. */
export function policy(path: string | RegExp, change: (policy: string) => string): Break {
  return (asked, right, origins) =>
    headers('app', path, {
      'content-security-policy': change(right.headers['content-security-policy'] ?? ''),
    })(asked, right, origins)
}

/** Replies that only the method or a header tells apart. */
export function when(isMeant: (asked: Asked) => boolean, changed: Partial<Reply>): Break {
  return (asked, right) => (isMeant(asked) ? { ...right, ...changed } : undefined)
}

export const EVERYWHERE = /./
export const HTML = { 'content-type': 'text/html' }
export const SCRIPT = { 'content-type': 'text/javascript' }
export const vault = { topology: 'vault' } as const
/** Browsers take it for another site than localhost. */
export const otherSite: NonNullable<Case['config']> = (config, { vault: origin }) => ({
  ...config,
  vaultOrigin: origin.replace('localhost', '127.0.0.1'),
})
/** Takes every redirect URI that it likes. */
export const authorization = (
  isTaken: (redirectUri: string, origins: Record<string, string>) => boolean,
): Break => {
  return ({ path, query }, right, origins) => {
    const uri = query.get('redirect_uri') ?? ''
    if (path !== '/auth') return undefined
    return isTaken(uri, origins)
      ? { ...right, status: 303, headers: { location: `${uri}?error=login_required` } }
      : { ...right, status: 400, headers: HTML }
  }
}

export const STRANGER = 'https://stranger.example'

/** Nobody answers at a path. */
export function deaf(path: string): NonNullable<Case['ask']> {
  return (ask) => async (url, question) =>
    new URL(url).pathname === path ? { failed: 'ECONNRESET' } : ask(url, question)
}

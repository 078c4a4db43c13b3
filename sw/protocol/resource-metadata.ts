import type { ParsedResource } from '../../src/contract/config.ts'
import { scopeOf } from './api-refusal.ts'
import type { Wire } from './server.ts'

/** Milliseconds for the whole of it; nobody waits. */
const DEADLINE_MS = 5000
const LARGEST_BYTES = 64 * 1024

/** What an API says about the tokens that it takes (RFC 9728 section 2). Only ever used to explain a refusal. */
export interface ResourceMetadata {
  /** Issuers; `undefined` when it does not say. */
  readonly authorizationServers?: readonly unknown[]
  readonly scopes?: readonly string[]
  readonly needsDpop: boolean
}

/**
 * Loads the metadata of an API from the API's own origin, without credentials and without following a redirect.
 * @param named address in the API's challenge (section 5.1); one of another origin is not used, but the well-known one (section 3)
 * @returns `undefined` for whatever does not work: too large, too slow, not JSON, or about another resource
 */
export async function loadResourceMetadata(
  resource: Pick<ParsedResource, 'origin' | 'pathPrefix'>,
  named: string | undefined,
  { fetch }: Pick<Wire, 'fetch'>,
): Promise<ResourceMetadata | undefined> {
  try {
    const response = await fetch(addressOf(resource, named), {
      headers: { accept: 'application/json' },
      redirect: 'error',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
    if (response.status !== 200 || response.redirected) {
      await response.body?.cancel()
      return undefined
    }
    return read(JSON.parse(await boundedText(response)), resource)
  } catch {
    return undefined
  }
}

function addressOf(
  { origin, pathPrefix }: Pick<ParsedResource, 'origin' | 'pathPrefix'>,
  named: string | undefined,
): string {
  if (named !== undefined && URL.canParse(named)) {
    const { href, origin: itsOrigin, username, password } = new URL(named)
    if (itsOrigin === origin && username === '' && password === '') return href
  }
  return `${origin}/.well-known/oauth-protected-resource${pathPrefix.replace(/\/$/, '')}`
}

async function boundedText(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let bytes = 0
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    bytes += part.value.byteLength
    if (bytes > LARGEST_BYTES) {
      await reader?.cancel()
      throw new TypeError('The metadata is too large')
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}

function read(
  metadata: unknown,
  resource: Pick<ParsedResource, 'origin' | 'pathPrefix'>,
): ResourceMetadata | undefined {
  if (typeof metadata !== 'object' || metadata === null) return undefined
  const fields = metadata as Record<string, unknown>
  if (!isAbout(fields['resource'], resource)) return undefined
  const servers: unknown = fields['authorization_servers']
  const scopes: unknown = fields['scopes_supported']
  return {
    ...(Array.isArray(servers) ? { authorizationServers: servers } : {}),
    ...(Array.isArray(scopes) ? { scopes: scopeOf(scopes) } : {}),
    needsDpop: fields['dpop_bound_access_tokens_required'] === true,
  }
}

/** Section 3.3: metadata of another resource must not be used. An API may describe a part of its origin, or all of it. */
function isAbout(
  identifier: unknown,
  { origin, pathPrefix }: Pick<ParsedResource, 'origin' | 'pathPrefix'>,
): boolean {
  if (typeof identifier !== 'string' || !URL.canParse(identifier)) return false
  const url = new URL(identifier)
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  return url.origin === origin && (pathPrefix.startsWith(path) || path.startsWith(pathPrefix))
}

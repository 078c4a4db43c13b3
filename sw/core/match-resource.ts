import type { ParsedResource } from '../../src/contract/config.ts'

/** The parts of a request that decide; a `Request` fits. */
export interface RequestFacts {
  readonly url: string
  readonly method: string
  readonly mode: string
  readonly destination: string
}

/**
 * The resource that a request is for: exact origin, path prefix that ends in `/`, method, and only requests that script
 * makes with CORS rules (fetch, XMLHttpRequest, EventSource). Everything else is not the guardian's.
 */
export function matchResource(
  { url, method, mode, destination }: RequestFacts,
  resources: readonly ParsedResource[],
): ParsedResource | undefined {
  if ((mode !== 'cors' && mode !== 'same-origin') || destination !== '') return undefined
  return resources.find((resource) => resource.methods.includes(method) && coversUrl(resource, url))
}

/** Whether a URL lies inside a resource. */
export function coversUrl({ origin, pathPrefix }: ParsedResource, url: string): boolean {
  const { origin: urlOrigin, pathname, username, password } = new URL(url)
  if (urlOrigin !== origin || username !== '' || password !== '') return false
  return pathname.startsWith(pathPrefix) && !isAmbiguous(pathname)
}

const ENCODED = /%(25|2e|2f|5c|3b)/gi

/**
 * The URL parser has resolved plain and encoded dot segments (`..`, `%2e%2e`). What it keeps although a server may read it as
 * one, such as an encoded slash or semicolon beside dots, in any depth of encoding, could leave the prefix behind the
 * guardian's back.
 */
function isAmbiguous(pathname: string): boolean {
  let decoded = pathname
  for (let before = ''; before !== decoded;) {
    before = decoded
    decoded = decoded.replaceAll(ENCODED, (code) => decodeURIComponent(code))
  }
  return /(^|[/\\])\.{1,2}(;[^/\\]*)?([/\\]|$)/.test(decoded)
}

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

/** An encoded ASCII character, however often its percent sign was encoded again: `%2e`, `%252e`, `%25252e`. */
const ENCODED = /%(?:25)*([0-7][0-9a-f])/gi
/** Layers of encoding that are looked through; each pass is linear in the length of the path. */
const PASSES = 3

/**
 * The URL parser has resolved plain and encoded dot segments (`..`, `%2e%2e`). What it keeps although a server may read it as
 * one, such as an encoded slash or semicolon beside dots, could leave the prefix behind the guardian's back.
 */
function isAmbiguous(pathname: string): boolean {
  let decoded = pathname
  for (let pass = 0; pass < PASSES; pass += 1) {
    decoded = decoded.replaceAll(ENCODED, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    )
  }
  return /(^|[/\\])\.{1,2}(;[^/\\]*)?([/\\]|$)/.test(decoded)
}

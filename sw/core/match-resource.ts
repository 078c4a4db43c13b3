import type { ParsedResource } from '../../src/contract/config.ts'
import { hasMethod, type Destination } from '../../src/contract/destinations.ts'
import { destinationOf, type Purpose } from './destinations.ts'

/** The parts of a request that decide; a `Request` fits. */
export interface RequestFacts extends Purpose {
  readonly url: string
}

/**
 * The resource that a request is for: exact origin, path prefix that ends in `/`, method, and what it is made for. Everything else
 * is not the guardian's.
 */
export function matchResource(
  facts: RequestFacts,
  resources: readonly ParsedResource[],
): ParsedResource | undefined {
  const destination = destinationOf(facts)
  return destination && resourceFor(destination, facts, resources)
}

/** The same, when it is known what the request is made for. */
export function resourceFor(
  destination: Destination,
  { url, method }: Pick<RequestFacts, 'url' | 'method'>,
  resources: readonly ParsedResource[],
): ParsedResource | undefined {
  if (!hasMethod(destination, method)) return undefined
  return resources.find(
    (resource) =>
      resource.destinations.includes(destination) &&
      resource.methods.includes(method) &&
      coversUrl(resource, url),
  )
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

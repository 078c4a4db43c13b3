import { failure } from './failure.ts'
import type { Server } from './server.ts'

/**
 * Refuses a configuration that asks for what the server's metadata rules out, before anybody is sent there.
 * @throws AuthError `request-unsupported`
 */
export function refuseUnsupported(server: Server): void {
  refusePushed(server)
  refuseSigned(server)
  refuseDetails(server)
}

/** Whether the authorization request is pushed (RFC 9126 section 5). */
export function isPushed({ metadata, client }: Server): boolean {
  if (client.par === 'never') return false
  return client.par === 'required' || metadata.require_pushed_authorization_requests === true
}

function refusePushed(server: Server): void {
  const { metadata, client } = server
  if (client.par === 'never' && metadata.require_pushed_authorization_requests === true) {
    throw unsupported(`${client.issuer} takes pushed requests only: leave \`par: 'never'\` out`)
  }
  if (isPushed(server) && metadata.pushed_authorization_request_endpoint === undefined) {
    throw unsupported(
      `Requests are to be pushed, but the metadata of ${client.issuer} has no pushed_authorization_request_endpoint`,
    )
  }
}

function refuseSigned({ metadata, client: { issuer, responseMode } }: Server): void {
  const offered: unknown = metadata.response_modes_supported
  if (!responseMode.endsWith('.jwt') || !Array.isArray(offered)) return
  if (offered.includes(responseMode)) return
  throw unsupported(`${issuer} has no signed responses with response_mode=${responseMode}`)
}

/** RFC 9396 section 10. A server that lists no types may know them all the same. */
function refuseDetails({ metadata, client: { issuer, authorizationDetails } }: Server): void {
  const offered: unknown = metadata.authorization_details_types_supported
  if (!Array.isArray(offered)) return
  const unknown = authorizationDetails.find(({ type }) => !offered.includes(type))
  if (unknown === undefined) return
  throw unsupported(
    `${issuer} does not list the type '${unknown.type}' of \`authorizationDetails\` in authorization_details_types_supported`,
  )
}

export function unsupported(message: string): Error {
  return failure('request-unsupported', 'authorization', { message })
}

import type { ParsedClient } from '../../src/contract/config.ts'
import { failure } from '../protocol/failure.ts'
import type { Server } from '../protocol/server.ts'

/**
 * Two authorization servers whose responses come to one redirect URI are told apart by the issuer in the response only: without
 * it a dishonest one could pass off an honest one's code as its own, and be sent it (RFC 9700 section 4.4). So a server that does
 * not promise an issuer (RFC 9207) shares no redirect path with another one, unless it signs its responses (JARM): these name it.
 * @throws AuthError `metadata-invalid`
 */
export function refuseMixUp({ metadata, client }: Server, clients: readonly ParsedClient[]): void {
  if (metadata.authorization_response_iss_parameter_supported === true) return
  if (client.responseMode.endsWith('.jwt')) return
  const other = clients.find(
    ({ issuer, redirectPath }) => issuer !== client.issuer && redirectPath === client.redirectPath,
  )
  if (other === undefined) return
  throw failure('metadata-invalid', 'discovery', {
    message: `${client.issuer} does not name itself in its responses (RFC 9207), so the client '${client.name}' needs a redirectPath that '${other.name}' does not have`,
  })
}

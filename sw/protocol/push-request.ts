import * as oauth from 'oauth4webapi'
import { failure } from './failure.ts'
import { protocolClient, requestOptions, type Server, type Wire } from './server.ts'

/**
 * Pushes an authorization request (RFC 9126 section 2). Sends one request, which is not repeated.
 * @returns the parameters that are left for the URL (section 4)
 * @throws AuthError `par-refused`, `par-unreachable`
 */
export async function pushRequest(
  { metadata, client }: Server,
  parameters: URLSearchParams,
  wire: Wire,
): Promise<URLSearchParams> {
  const response = await oauth
    .pushedAuthorizationRequest(
      metadata,
      protocolClient(client),
      oauth.None(),
      parameters,
      requestOptions(wire),
    )
    .catch(() => {
      throw unreachable()
    })
  if (response.status >= 500) throw unreachable(response.status)
  const requestUri = await readRequestUri({ metadata, client }, response)
  return new URLSearchParams({ client_id: client.clientId, request_uri: requestUri })
}

async function readRequestUri(
  { metadata, client }: Pick<Server, 'metadata' | 'client'>,
  response: Response,
): Promise<string> {
  const { status } = response
  try {
    const pushed = await oauth.processPushedAuthorizationResponse(
      metadata,
      protocolClient(client),
      response,
    )
    return pushed.request_uri
  } catch (error) {
    const oauthError = error instanceof oauth.ResponseBodyError ? error.error : undefined
    throw failure('par-refused', 'authorization', {
      message:
        'The server did not take the pushed authorization request; check client id, redirect URI and scope',
      status,
      oauthError,
    })
  }
}

function unreachable(status?: number): Error {
  return failure('par-unreachable', 'authorization', {
    message:
      'The endpoint for pushed authorization requests did not answer, or does not allow this origin by CORS',
    status,
  })
}

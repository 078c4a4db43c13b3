import * as oauth from 'oauth4webapi'
import type { Claims } from '../../src/contract/session.ts'
import { checkSignature, visibleClaims } from './check-id-token.ts'
import { dpopError } from './bearer-challenge.ts'
import { failure } from './failure.ts'
import { Nonces } from './nonces.ts'
import { protocolClient, requestOptions, type Server, type Wire } from './server.ts'
import type { TokenSet } from './tokens.ts'

/** Milliseconds: the sign-in waits for it. */
const DEADLINE_MS = 5000

/**
 * Claims from the UserInfo endpoint (OpenID Connect Core section 5.3), those that a page may see. A signed response is
 * verified with the server's keys and the algorithms that ID Tokens may have.
 * @param tokens after every check of the token response. Without an ID Token there may be no `sub` to compare with
 * @throws AuthError `userinfo-unavailable`, `userinfo-invalid`, `userinfo-sub-mismatch`
 */
export async function loadUserInfo(
  server: Server,
  { accessToken, proofKey, user }: TokenSet,
  wire: Wire,
): Promise<Claims> {
  const { client } = server
  const metadata: oauth.AuthorizationServer = {
    ...server.metadata,
    // The configured list decides, as with ID Tokens.
    userinfo_signing_alg_values_supported: [...client.idTokenSigningAlgs],
  }
  const endpoint = metadata.userinfo_endpoint
  if (endpoint === undefined) throw unavailable()
  const own = { ...wire, timeoutMs: Math.min(wire.timeoutMs, DEADLINE_MS) }
  let response: Response
  try {
    const options = requestOptions(own)
    const secret = accessToken.reveal()
    const nonces = new Nonces()
    const send = (): Promise<Response> =>
      oauth.userInfoRequest(metadata, protocolClient(client), secret, {
        ...options,
        ...(proofKey && { DPoP: proofKey.signer(nonces.of(endpoint)) }),
      })
    response = await send()
    // RFC 9449 section 9: a server may want its nonce in the proof.
    const challenge = response.headers.get('www-authenticate') ?? ''
    if (proofKey && response.status === 401 && dpopError(challenge) === 'use_dpop_nonce') {
      if (nonces.remember(endpoint, response)) response = await send()
    }
  } catch {
    throw unavailable()
  }
  if (response.status !== 200) {
    await response.body?.cancel().catch(() => undefined)
    throw unavailable(response.status)
  }
  const isSigned = /^application\/jwt\b/i.test(response.headers.get('content-type') ?? '')
  try {
    const subject = user.sub === '' ? oauth.skipSubjectCheck : user.sub
    const claims = await oauth.processUserInfoResponse(
      metadata,
      protocolClient(client),
      subject,
      response,
    )
    if (isSigned) await checkSignature({ ...server, metadata }, response, own)
    return visibleClaims(claims, client.claims)
  } catch (error) {
    throw isOtherSubject(error) ? otherSubject() : invalid()
  }
}

/** What an ID Token says is signed, so it is not changed by what UserInfo says. */
export function userWith(userInfo: Claims | undefined, user: Claims): Claims {
  return { ...userInfo, ...user, sub: user.sub || (userInfo?.sub ?? '') }
}

function isOtherSubject(error: unknown): boolean {
  if (!(error instanceof oauth.OperationProcessingError)) return false
  return error.code === oauth.JSON_ATTRIBUTE_COMPARISON
}

function unavailable(status?: number): Error {
  return failure('userinfo-unavailable', 'exchange', {
    message:
      'The UserInfo endpoint did not answer with claims, is not in the metadata, or does not allow this origin by CORS; the sign-in stands',
    status,
  })
}

function invalid(): Error {
  return failure('userinfo-invalid', 'exchange', {
    message: 'The UserInfo response was not used: it is malformed, or not signed as it must be',
  })
}

function otherSubject(): Error {
  return failure('userinfo-sub-mismatch', 'exchange', {
    message: 'The UserInfo response is about another user than the ID Token; it was not used',
  })
}

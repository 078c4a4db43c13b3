import type { Destination } from '../../src/contract/destinations.ts'
import type { ApiCall } from '../core/api-requests.ts'
import type { GuardianCore } from '../core/guardian-core.ts'
import { destinationOf } from '../core/destinations.ts'
import { resourceFor } from '../core/match-resource.ts'

interface ApiCallOptions extends Pick<ApiCall, 'isMeant'> {
  /** Default: what the request itself says. */
  readonly destination?: Destination
  readonly send?: (request: Request) => Promise<Response>
}

/** Answers a request that is for a resource; never rejects, so that a failure looks like a failed fetch. */
export async function answerApiCall(
  core: GuardianCore,
  request: Request,
  event: ExtendableEvent,
  {
    send = (copy) => fetch(copy),
    isMeant,
    destination = destinationOf(request),
  }: ApiCallOptions = {},
): Promise<Response> {
  const { resources } = core.surroundings.config
  const resource = destination && resourceFor(destination, request, resources)
  if (resource === undefined) return fetch(request)
  const waitUntil = (work: Promise<unknown>): void => {
    try {
      event.waitUntil(work)
    } catch {
      // The event has ended; the work goes on for as long as the worker lives.
    }
  }
  try {
    return await core.apiRequests.answer({
      request,
      resource,
      fetch: send,
      waitUntil,
      ...('clientId' in event && { page: String(event.clientId) }),
      ...(isMeant && { isMeant }),
    })
  } catch {
    return Response.error()
  }
}

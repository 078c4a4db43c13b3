import type { ApiCall } from '../core/api-requests.ts'
import type { GuardianCore } from '../core/guardian-core.ts'
import { matchResource } from '../core/match-resource.ts'

interface ApiCallOptions extends Pick<ApiCall, 'isMeant'> {
  readonly send?: (request: Request) => Promise<Response>
}

/** Answers a request that is for a resource; never rejects, so that a failure looks like a failed fetch. */
export async function answerApiCall(
  core: GuardianCore,
  request: Request,
  event: ExtendableEvent,
  { send = (copy) => fetch(copy), isMeant }: ApiCallOptions = {},
): Promise<Response> {
  const resource = matchResource(request, core.surroundings.config.resources)
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

import type { PresentUser } from '../core/present-users.ts'
import type { ApiAccess } from '../host/api-access.ts'

const known = new WeakMap<Request, Promise<PresentUser | undefined>>()

/**
 * Whose request it is: asked once, when its handling begins. The answer is fetched for this user only, and kept for this user only,
 * whoever signs in meanwhile. So everything that handles the request must have the same answer.
 */
export function userAtStart(
  api: ApiAccess,
  request: Request,
  event: ExtendableEvent,
): Promise<PresentUser | undefined> {
  let user = known.get(request)
  if (user === undefined) {
    user = api.userOf(request, event)
    known.set(request, user)
  }
  return user
}

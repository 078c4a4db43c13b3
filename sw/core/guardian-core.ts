import { ApiRequests } from './api-requests.ts'
import { LoginLink } from './login-link.ts'
import { Refresher } from './refresh.ts'
import { ServerDirectory } from './server-directory.ts'
import { SessionBook } from './session-book.ts'
import { SignIn } from './sign-in.ts'
import { SignInCompletion } from './sign-in-completion.ts'
import { SignOut } from './sign-out.ts'
import type { Surroundings } from './surroundings.ts'
import type { AnswersRequests } from './timeline.ts'
import { UserInfo } from './user-info.ts'

/** The guardian without a place: what it decides and does, wherever it is installed. */
export interface GuardianCore {
  readonly surroundings: Surroundings
  readonly servers: ServerDirectory
  readonly sessions: SessionBook
  readonly refresher: Refresher
  readonly signIn: SignIn
  readonly loginLink: LoginLink
  readonly completion: SignInCompletion
  readonly userInfo: UserInfo
  readonly signOut: SignOut
  readonly apiRequests: AnswersRequests
}

export function createGuardianCore(surroundings: Surroundings): GuardianCore {
  const servers = new ServerDirectory(surroundings)
  const sessions = new SessionBook(surroundings)
  const refresher = new Refresher(surroundings, servers, sessions)
  const signIn = new SignIn(surroundings, servers, sessions)
  const userInfo = new UserInfo(surroundings, servers, sessions, refresher)
  return {
    surroundings,
    servers,
    sessions,
    refresher,
    signIn,
    loginLink: new LoginLink(surroundings, servers, signIn),
    completion: new SignInCompletion(surroundings, servers, sessions, userInfo),
    userInfo,
    signOut: new SignOut(surroundings, servers, sessions),
    apiRequests: new ApiRequests(surroundings, sessions, refresher),
  }
}

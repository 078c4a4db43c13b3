import { installGuardian } from 'token-guardian/worker'

installGuardian(self, __TOKEN_GUARDIAN_CONFIG__, { leaveToNetwork: 'everything' })

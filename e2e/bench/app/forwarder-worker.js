import { installForwarder } from 'token-guardian/worker'

installForwarder(self, __TOKEN_GUARDIAN_CONFIG__, { leaveToNetwork: 'everything' })

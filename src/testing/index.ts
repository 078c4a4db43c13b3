export { authError } from './auth-error.ts'
export {
  createFakeAuthClient,
  type FakeAuthClient,
  type FakeAuthClientOptions,
} from './fake-auth-client.ts'
export type {
  FakeAnswer,
  FakeCall,
  FakeControls,
  FakeDeparture,
  FakeMethod,
} from './fake-controls.ts'
export { signedIn, type SignedInFacts } from './signed-in.ts'

import { promiseCleanSignIn } from '../fixtures/sign-in-promises.ts'

promiseCleanSignIn('fragment')

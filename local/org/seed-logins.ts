import { z } from 'zod';

const text = z.string().min(1);

/** A connected app of a seed; OrgApp says what its parts mean. */
export const appSchema = z.strictObject({
  name: text,
  clientId: text,
  clientSecret: text,
  /** Username for client credentials; without it that flow is refused. */
  runAs: z.string().optional(),
  certificate: z
    .string()
    .regex(/-----BEGIN (?:CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY)-----/, 'a PEM certificate or public key')
    .optional(),
  flows: z.array(z.enum(['client_credentials', 'password', 'jwt_bearer', 'refresh_token'])).optional(),
  rotateRefreshTokens: z.boolean().optional(),
  accessTokens: z.enum(['opaque', 'jwt']).optional(),
  scopes: z.array(text).optional(),
  access: z.enum(['everyone', 'approved-by-user', 'approved-by-admin']).optional(),
  approvedUsers: z.array(text).optional(),
  installed: z.boolean().optional(),
  sessionTimeoutMs: z.number().positive().optional(),
  dailyApiRequests: z.int().positive().optional(),
});

/** A user of a seed; `fields` go to the user's row. */
export const userSchema = z.strictObject({
  username: text,
  password: text,
  securityToken: z.string(),
  passwordExpired: z.boolean().optional(),
  active: z.boolean().optional(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
});

/** A refresh token that is there from the start: a real org gives one at the end of a web login. */
export const refreshTokenSchema = z.strictObject({
  token: text,
  /** Name of the app. @default the first app */
  app: z.string().optional(),
  /** @default the app's runAs user, or the first user */
  username: z.string().optional(),
});

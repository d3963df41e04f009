import type { OrgServices } from '../../services.ts';

/** `/.well-known/openid-configuration` */
export function openIdConfiguration(services: OrgServices) {
  const base = services.instanceUrl();
  const oauth = `${base}/services/oauth2`;
  return {
    issuer: base,
    authorization_endpoint: `${oauth}/authorize`,
    token_endpoint: `${oauth}/token`,
    revocation_endpoint: `${oauth}/revoke`,
    userinfo_endpoint: `${oauth}/userinfo`,
    jwks_uri: `${base}/id/keys`,
    registration_endpoint: `${oauth}/register`,
    introspection_endpoint: `${oauth}/introspect`,
    scopes_supported: ['api', 'full', 'id', 'openid', 'profile', 'email', 'address', 'phone', 'refresh_token', 'web'],
    response_types_supported: ['code', 'token', 'token id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    display_values_supported: ['page', 'popup', 'touch'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    claims_supported: [
      'active',
      'email',
      'email_verified',
      'family_name',
      'given_name',
      'locale',
      'name',
      'organization_id',
      'preferred_username',
      'sub',
      'updated_at',
      'user_id',
      'zoneinfo',
    ],
  };
}

/** `/.well-known/auth-configuration`: what a login page of this org offers. */
export function authConfiguration(services: OrgServices) {
  return {
    OrgId: services.orgId,
    Url: services.instanceUrl(),
    LoginPage: { LoginPageType: 'Standard', LoginPageUrl: null, UsePasswordLogin: true },
    MobileSDK: {
      UseAndroidNativeBrowserForAuthentication: false,
      UseiOSNativeBrowserForAuthentication: false,
      shareBrowserSessionIOS: false,
      shareBrowserSessionAndroid: false,
    },
    SamlProviders: [],
    AuthProviders: [],
    UserSelfRegistration: { UserSelfRegistrationUrl: null },
  };
}

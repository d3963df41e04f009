import type { OrgServices } from '../../services.ts';
import type { OrgUser } from './directory.ts';

export function identityUrl(userId: string, services: OrgServices): string {
  return `${services.instanceUrl()}/id/${services.orgId}/${userId}`;
}

function rowOf(user: OrgUser, services: OrgServices) {
  const row = services.database.lookup.get('User', user.id);
  const text = (name: string): string | null => {
    const value = row?.[name] ?? null;
    return value === null ? null : String(value);
  };
  return { text, name: text('Name') ?? user.username, nickname: user.username.split('@')[0] ?? user.username };
}

/** Addresses of the other APIs; `{version}` is for the client to fill in. */
export function urlsOf(services: OrgServices, userId: string): Readonly<Record<string, string>> {
  const base = services.instanceUrl();
  const data = `${base}/services/data/v{version}`;
  const soap = (letter: string): string => `${base}/services/Soap/${letter}/{version}/${services.orgId.slice(0, 15)}`;
  return {
    enterprise: soap('c'),
    metadata: soap('m'),
    partner: soap('u'),
    rest: `${data}/`,
    sobjects: `${data}/sobjects/`,
    search: `${data}/search/`,
    query: `${data}/query/`,
    recent: `${data}/recent/`,
    tooling_soap: soap('T'),
    tooling_rest: `${data}/tooling/`,
    profile: `${base}/${userId}`,
    feeds: `${data}/chatter/feeds`,
    groups: `${data}/chatter/groups`,
    users: `${data}/chatter/users`,
    feed_items: `${data}/chatter/feed-items`,
    feed_elements: `${data}/chatter/feed-elements`,
    custom_domain: base,
  };
}

function addressOf(text: (name: string) => string | null) {
  return {
    street_address: text('Street'),
    locality: text('City'),
    region: text('State'),
    country: text('Country'),
    postal_code: text('PostalCode'),
  };
}

/** The OpenID userinfo document. */
export function userInfoOf(user: OrgUser, services: OrgServices) {
  const { text, name, nickname } = rowOf(user, services);
  const base = services.instanceUrl();
  const address = Object.entries(addressOf(text)).filter(([, value]) => value !== null);
  return {
    sub: identityUrl(user.id, services),
    user_id: user.id,
    organization_id: services.orgId,
    preferred_username: user.username,
    nickname,
    name,
    email: text('Email'),
    email_verified: true,
    given_name: text('FirstName'),
    family_name: text('LastName'),
    zoneinfo: text('TimeZoneSidKey') ?? 'GMT',
    photos: { picture: `${base}/profilephoto/005/F`, thumbnail: `${base}/profilephoto/005/T` },
    profile: `${base}/${user.id}`,
    picture: `${base}/profilephoto/005/F`,
    address: Object.fromEntries(address),
    is_salesforce_integration_user: false,
    urls: urlsOf(services, user.id),
    active: user.active !== false,
    user_type: 'STANDARD',
    language: text('LanguageLocaleKey') ?? 'en_US',
    locale: text('LocaleSidKey') ?? 'en_US',
    utcOffset: 0,
    updated_at: text('LastModifiedDate'),
  };
}

/** The document behind the `id` of a token answer. With `version` its URLs are ready to use. */
export function identityOf(user: OrgUser, services: OrgServices, version?: string) {
  const { text, name, nickname } = rowOf(user, services);
  const base = services.instanceUrl();
  const { street_address, locality, region, country, postal_code } = addressOf(text);
  const number = version === 'latest' ? `${services.settings.newestApiVersion}.0` : version;
  const urls = Object.entries(urlsOf(services, user.id)).map(
    ([key, url]) => [key, number === undefined ? url : url.replace('{version}', number)] as const,
  );
  return {
    id: identityUrl(user.id, services),
    asserted_user: true,
    user_id: user.id,
    organization_id: services.orgId,
    username: user.username,
    nick_name: nickname,
    display_name: name,
    email: text('Email'),
    email_verified: true,
    first_name: text('FirstName'),
    last_name: text('LastName'),
    timezone: text('TimeZoneSidKey') ?? 'GMT',
    photos: { picture: `${base}/profilephoto/005/F`, thumbnail: `${base}/profilephoto/005/T` },
    addr_street: street_address,
    addr_city: locality,
    addr_state: region,
    addr_country: country,
    addr_zip: postal_code,
    mobile_phone: text('MobilePhone'),
    mobile_phone_verified: false,
    is_lightning_login_user: false,
    status: { created_date: null, body: null },
    urls: Object.fromEntries(urls),
    active: user.active !== false,
    user_type: 'STANDARD',
    language: text('LanguageLocaleKey') ?? 'en_US',
    locale: text('LocaleSidKey') ?? 'en_US',
    utcOffset: 0,
    last_modified_date: text('LastModifiedDate')?.replace('Z', '+0000') ?? null,
    is_app_installed: true,
  };
}

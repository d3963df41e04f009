/** What a change came through, as change events say it; `client` is the one of `Sforce-Call-Options`. */
export function changeOriginOf(api: 'rest' | 'soap' | 'bulk', version: number, client: string): string {
  return `com/salesforce/api/${api}/${version}.0;client=${client}`;
}

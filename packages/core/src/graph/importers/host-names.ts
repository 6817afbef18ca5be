/** Which hosts a setting names: `CART_SERVICE_ADDR=cart:7070`, `DATABASE_URL=postgres://db.shop/orders`, `BROKERS=a:9092,b:9092`. */

export interface NamedHost {
  /** Lower case, without port. */
  readonly host: string;
  /**
   * The setting is surely an address: by its name or because it is a URL. Else it only looks like one, and counts when the host
   * is known.
   */
  readonly isCertain: boolean;
}

const ADDRESS_NAME = /(?:^|_)(?:ADDR|ADDRESS|HOST|URL|URI|ENDPOINT|ENDPOINTS|SERVER|SERVERS|BROKERS|DSN|UPSTREAM)$/i;
const URL_FORM = /^(?:jdbc:)?[a-z][a-z0-9+.-]{0,31}:\/\/(?:[^@/?#]{0,200}@)?([a-z0-9._-]+)(?::\d{1,5})?(?:[/?#].*)?$/i;
const HOST_AND_PORT = /^([a-z0-9._-]+):\d{1,5}$/i;
const BARE_HOST = /^[a-z0-9._-]+$/i;
const MADE_AT_RUN_TIME = /\$[({A-Za-z]/;
const HERE = /^(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0)$/i;
const MAX_VALUE = 2048;
const MAX_HOSTS = 32;

export const isMadeAtRunTime = (name: string, value: string): boolean =>
  ADDRESS_NAME.test(name) && MADE_AT_RUN_TIME.test(value);

export function hostsIn(name: string, value: string): readonly NamedHost[] {
  if (value.length > MAX_VALUE || MADE_AT_RUN_TIME.test(value)) return [];
  const isNamedAddress = ADDRESS_NAME.test(name);
  return value.split(/[,;\s]+/, MAX_HOSTS).flatMap((piece): NamedHost[] => {
    const url = URL_FORM.exec(piece)?.[1];
    const pair = HOST_AND_PORT.exec(piece)?.[1];
    const bare = isNamedAddress && BARE_HOST.test(piece) ? piece : undefined;
    const host = (url ?? pair ?? bare)?.toLowerCase().replace(/\.$/, '');
    // A number alone is a port or a count, and what stays on this machine is no dependency.
    if (host === undefined || HERE.test(host) || /^[\d_-]*$/.test(host)) return [];
    return [{ host, isCertain: url !== undefined || isNamedAddress }];
  });
}

/** Who was invited as a gateway, and what was certified (O4). Secrets are kept as digests, certificates by number. */
import { sql, type Kysely } from 'kysely';

const TABLES = `
create table enclave_invitation (
  organisation text not null references organisation, secret_digest text not null, enclave text not null, made_by text not null,
  expires_at timestamptz not null, used_at timestamptz, primary key (organisation, secret_digest));
create index enclave_invitation_open on enclave_invitation (organisation, enclave) where used_at is null;
create table enclave_certificate (
  organisation text not null references organisation, serial text not null, enclave text not null, keyid text not null,
  issued_at timestamptz not null, not_after timestamptz not null, shut_out_at timestamptz, shut_out_by text,
  primary key (organisation, serial));
create index enclave_certificate_of on enclave_certificate (organisation, enclave, issued_at);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}

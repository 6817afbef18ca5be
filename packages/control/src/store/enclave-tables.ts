/** Tables of invited and certified gateways. */
import type { ColumnType } from 'kysely';

type Instant = ColumnType<Date, Date | string, Date | string>;

interface EnclaveInvitationRow {
  organisation: string;
  secret_digest: string;
  enclave: string;
  made_by: string;
  expires_at: Instant;
  used_at: Instant | null;
}
interface EnclaveCertificateRow {
  organisation: string;
  /** Lower-case hex. */
  serial: string;
  enclave: string;
  keyid: string;
  issued_at: Instant;
  not_after: Instant;
  shut_out_at: Instant | null;
  shut_out_by: string | null;
}

export interface EnclaveTables {
  enclave_invitation: EnclaveInvitationRow;
  enclave_certificate: EnclaveCertificateRow;
}
